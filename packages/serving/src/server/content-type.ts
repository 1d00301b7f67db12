import type { Answer } from '../pool/python-pool.ts'
import { protocolChanged } from '../signature/parse-body.ts'

const text = (status: number, body: string): Answer => ({ status, type: 'text/plain', body: Buffer.from(body) })

/** The answer to a body of a type that MLflow's scoring server does not read; undefined where it does. */
export function refuseContentType(type: string | undefined): Answer | undefined {
  // MLflow's server crashes where there is none; its clients never see a better answer than this.
  if (type === undefined) return text(415, "This predictor only supports the following content types: Types: ['text/csv', 'application/json', 'application/vnd.apache.parquet']. Got none.")
  const [mime = '', ...pairs] = type.split(';').map((part) => part.trim())
  const values = new Map(pairs.map((pair): [string, string] => [pair.split('=')[0]!, pair.slice(pair.indexOf('=') + 1)]))
  if ((values.get('charset') ?? 'utf-8').toLowerCase() !== 'utf-8') return text(415, 'The scoring server only supports UTF-8')
  const foreign = [...values.keys()].filter((key) => key !== 'charset')
  if (foreign.length > 0) return text(415, `Unrecognized content type parameters: ${foreign.join(', ')}. ${protocolChanged}`)
  if (mime === 'application/json' || mime === 'text/csv' || mime === 'application/vnd.apache.parquet') return undefined
  return text(415, `This predictor only supports the following content types: Types: ['text/csv', 'application/json', 'application/vnd.apache.parquet']. Got '${type}'.`)
}

/** What a body of a type that is read is written in. */
export const formatOf = (type: string): 'json' | 'csv' | 'parquet' => {
  const mime = type.split(';')[0]!.trim()
  return mime === 'application/json' ? 'json' : mime === 'text/csv' ? 'csv' : 'parquet'
}
