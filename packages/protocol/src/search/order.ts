import { invalid } from '../errors.ts'
import { checkOrderItemLength } from './limits.ts'
import { repr, shellWords } from './python.ts'
import { parseStatement, textOf } from './statement.ts'
import { isBlank } from './nodes.ts'

/** Reads `key [ASC|DESC]`, the key still quoted as written. */
export function parseOrderItem(item: string): { field: string; ascending: boolean } {
  checkOrderItemLength(item)
  const field = orderField(item)
  // MLflow answers 500 where a quote is left open.
  const words = shellWords(field.replaceAll('`', '"'))
  if (words === undefined || words.length > 2) throw unparsable(item)
  const [first, direction] = words
  if (direction === undefined) return { field: field.trim(), ascending: true }
  const lower = direction.toLowerCase()
  if (lower !== 'asc' && lower !== 'desc') throw invalid(`Invalid ordering key in order_by clause '${item}'.`)
  return { field: first!.trim(), ascending: lower === 'asc' }
}

const unparsable = (item: string): Error => invalid(`Invalid order_by clause '${item}'. Could not be parsed.`)

/** The one identifier (with its direction) of which an item must consist; `timestamp` is a type name to SQL. */
function orderField(item: string): string {
  const parsed = parseStatement(item)
  if (!parsed.ok) throw parsed.why === 'unparsable' ? invalid(`Error on parsing order_by clause '${item}'`) : unparsable(item)
  const [first, ...rest] = parsed.nodes
  if (rest.length === 0 && first!.kind === 'Identifier') return textOf(item, first!)
  if (first!.type === 'Name.Builtin' && first!.word === 'timestamp') {
    if (rest.length === 0) return 'timestamp'
    const last = rest.at(-1)!
    if (rest.slice(0, -1).every(isBlank) && last.type === 'Keyword.Order') return `timestamp ${textOf(item, last)}`
  }
  throw unparsable(item)
}

/** Refuses a key that stands twice. MLflow answers 500 with these words. */
export function refuseDuplicate(seen: Set<string>, key: string, orderBy: readonly string[]): void {
  if (seen.has(key)) throw invalid(`\`order_by\` contains duplicate fields: ${repr(orderBy)}`)
  seen.add(key)
}
