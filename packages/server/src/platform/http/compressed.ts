import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { toJson } from './respond.ts'
import { Reply, type Context } from './types.ts'

const compress = promisify(gzip)
/** An answer that fits a packet gains nothing. */
const least = 1400

/**
 * JSON for those pages that read much of it: compressed where the client takes that, outside the thread
 * that answers. MLflow's clients ask for compression too, but are mostly near, and read what costs more to
 * compress than to send; so only single endpoints answer by this.
 */
export async function compressedJson(context: Context, value: unknown): Promise<Reply> {
  const text = toJson(value)
  const headers = { 'content-type': 'application/json', vary: 'Origin, Accept-Encoding' }
  const accepted = String(context.headers['accept-encoding'] ?? '').toLowerCase()
  if (text.length < least || !/(?:^|,)\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[\d.]+\s*)?(?:,|$)/.test(accepted)) return new Reply({ headers, body: text })
  return new Reply({ headers: { ...headers, 'content-encoding': 'gzip' }, body: await compress(text, { level: 5 }) })
}
