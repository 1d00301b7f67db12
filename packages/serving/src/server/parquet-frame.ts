import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { parquetMetadata, parquetRead, type SchemaElement } from 'hyparquet'
import { ScoringError } from '../errors.ts'
import { inferColumn, type Column, type Frame } from '../signature/columns.ts'

const failed = (error: string): ScoringError => new ScoringError('BAD_REQUEST', 'Failed to parse input as a Pandas DataFrame. Ensure that the input is a valid Parquet Pandas DataFrame '
  + `produced using the \`pandas.DataFrame.to_parquet()\` method. Error: '${error}'`)

/** hyparquet brings Snappy, pandas' own choice; these are Node's. */
const limited = (unpack: (input: Uint8Array, options: { maxOutputLength: number }) => Uint8Array) => (input: Uint8Array, length: number): Uint8Array => unpack(input, { maxOutputLength: Math.max(1, length) })
const compressors = { GZIP: limited(gunzipSync), BROTLI: limited(brotliDecompressSync), ZSTD: limited(zstdDecompressSync) }

/** A Parquet file as pandas reads it: the columns' own types, without its index. @throws ScoringError with MLflow's words */
export async function readParquetFrame(body: Uint8Array): Promise<Frame> {
  const file = new Uint8Array(body).buffer
  try {
    const metadata = parquetMetadata(file)
    const elements = topLevel(metadata.schema)
    let rows: readonly (readonly unknown[])[] = []
    await parquetRead({ file, metadata, compressors, parsers: { timestampFromMilliseconds: (ms) => ms * 1_000_000n, timestampFromMicroseconds: (us) => us * 1000n, timestampFromNanoseconds: (ns) => ns }, onComplete: (found: readonly (readonly unknown[])[]) => { rows = found } })
    const kept = [...elements.entries()].filter(([, { name }]) => !/^__index_level_\d+__$/.test(name))
    return {
      names: kept.map(([, { name }]) => name), named: true, rows: rows.length,
      columns: kept.map(([at, element]) => columnOf(element, rows.map((row) => row[at] ?? null))),
    }
  } catch (error) {
    throw failed((error as Error).message)
  }
}

/** Elements are listed with their descendants behind them. */
function topLevel([root, ...elements]: readonly SchemaElement[]): readonly SchemaElement[] {
  const found: SchemaElement[] = []
  let at = 0
  const skip = (): void => {
    const { num_children: children = 0 } = elements[at]!
    at += 1
    for (let child = 0; child < children; child++) skip()
  }
  for (let index = 0; index < (root?.num_children ?? 0); index++) {
    found.push(elements[at]!)
    skip()
  }
  return found
}

function columnOf(element: SchemaElement, values: readonly unknown[]): Column {
  const dtype = dtypeOf(element)
  const gaps = values.includes(null)
  // pandas has no missing integers and booleans: the first become floats, the second objects.
  if (/^u?int/.test(dtype)) return gaps ? { dtype: 'float64', values: values.map((value) => (value === null ? Number.NaN : Number(value))) } : { dtype, values: values.map(small) }
  if (dtype.startsWith('float')) return { dtype, values: values.map((value) => value ?? Number.NaN) }
  if (dtype === 'bool' && gaps) return { dtype: 'object', values }
  return dtype === 'object' ? inferColumn(values.map((value) => (typeof value === 'object' ? null : value))) : { dtype, values }
}

const small = (value: unknown): unknown => (typeof value === 'bigint' && value >= -9_007_199_254_740_991n && value <= 9_007_199_254_740_991n ? Number(value) : value)

function dtypeOf({ type, converted_type: converted, logical_type: logical }: SchemaElement): string {
  const sized = /^(U?)INT_(8|16|32|64)$/.exec(converted ?? '')
  if (sized !== null) return `${sized[1] === 'U' ? 'u' : ''}int${sized[2]}`
  if (converted?.startsWith('TIMESTAMP') === true || logical?.type === 'TIMESTAMP') return 'datetime64[ns]'
  if (converted === 'UTF8' || logical?.type === 'STRING') return 'str'
  if (converted !== undefined || (logical !== undefined && logical.type !== 'INTEGER')) return 'object'
  if (logical?.type === 'INTEGER') return `${logical.isSigned ? '' : 'u'}int${logical.bitWidth}`
  return { BOOLEAN: 'bool', INT32: 'int32', INT64: 'int64', FLOAT: 'float32', DOUBLE: 'float64' }[type as string] ?? 'object'
}
