import { parseRunFilter } from '@cairn/protocol'
import { searchKey, type Keys } from '../columns.ts'
import { words } from './words.ts'

/** A proposal: what it puts in the place of the text from `from` to the caret. */
export interface Proposal {
  readonly text: string
  readonly from: number
  readonly note: string
}

/** What is to be completed at the caret. */
export type Wanted =
  | { readonly what: 'key'; readonly from: number; readonly typed: string }
  | { readonly what: 'operator'; readonly from: number; readonly key: string }
  | { readonly what: 'value'; readonly from: number; readonly key: string; readonly typed: string; readonly quote: string }
  | { readonly what: 'and'; readonly from: number }

const key = String.raw`(?:[\w.]*\.)?(?:\`[^\`]*\`|"[^"]*"|[\w./-]+)|[\w]+`
const operator = String.raw`!=|<=|>=|=|<|>|(?:NOT\s+)?(?:LIKE|ILIKE|IN)\b|IS\s+(?:NOT\s+)?NULL\b`

/** Clauses between `and`, which may stand in quotes too. */
export function clausesOf(text: string): { readonly from: number; readonly text: string }[] {
  const found: { from: number; text: string }[] = []
  let from = 0
  const parts = /'[^']*'?|"[^"]*"?|`[^`]*`?|\band\b/gi
  for (let match = parts.exec(text); match !== null; match = parts.exec(text)) {
    if (match[0].toLowerCase() !== 'and') continue
    found.push({ from, text: text.slice(from, match.index) })
    from = match.index + 3
  }
  found.push({ from, text: text.slice(from) })
  return found
}

/** What the grammar wants at the caret; `text` ends there. */
export function wantedAt(text: string): Wanted {
  const clause = clausesOf(text).at(-1)!
  const start = clause.from + (clause.text.length - clause.text.trimStart().length)
  const rest = text.slice(start)
  const whole = new RegExp(String.raw`^(${key})\s*(${operator})\s*(.*)$`, 'is').exec(rest)
  if (whole !== null) {
    const [, name, op, value] = whole as unknown as [string, string, string, string]
    const from = start + rest.length - value.length
    const quote = /^['"]/.exec(value)?.[0] ?? ''
    const closed = /^is/i.test(op) || (quote === '' ? /^-?[\d.]+(?:e[+-]?\d+)?\s+$/i.test(value) : value.length > 1 && value.trimEnd().endsWith(quote))
    return closed ? { what: 'and', from: text.length } : { what: 'value', from, key: name, typed: quote === '' ? value : value.slice(1), quote: quote || "'" }
  }
  const named = new RegExp(String.raw`^(${key})\s+([^\s]*)$`, 'is').exec(rest)
  if (named !== null) return { what: 'operator', from: start + rest.length - named[2]!.length, key: named[1]! }
  return { what: 'key', from: start, typed: rest }
}

const attributes = ['run_name', 'status', 'start_time', 'end_time', 'user_id', 'run_id', 'artifact_uri']
const most = 12

/** Keys that fit what is typed: those that begin with it first. */
export function keyProposals({ metrics, params, tags }: Keys, wanted: Extract<Wanted, { what: 'key' }>): Proposal[] {
  const typed = wanted.typed.toLowerCase().replaceAll('`', '')
  const all = [
    ...metrics.map((one) => ({ text: searchKey({ kind: 'metric', key: one.key }), note: words.notes.metric })),
    ...params.map((one) => ({ text: searchKey({ kind: 'param', key: one.key }), note: one.sample ?? words.notes.param })),
    ...attributes.map((name) => ({ text: `attributes.${name}`, note: words.notes.attribute })),
    ...tags.map((one) => ({ text: searchKey({ kind: 'tag', key: one.key }), note: one.sample ?? words.notes.tag })),
    ...['name', 'digest', 'context'].map((name) => ({ text: `datasets.${name}`, note: words.notes.dataset })),
  ]
  const rank = (text: string): number => {
    const plain = text.toLowerCase().replaceAll('`', '')
    const at = plain.indexOf(typed)
    return at < 0 ? 9 : at === 0 || plain[at - 1] === '.' ? 0 : 1
  }
  return all.map((one) => ({ ...one, rank: rank(one.text) })).filter(({ rank }) => rank < 9).sort((a, b) => a.rank - b.rank).slice(0, most)
    .map(({ text, note }) => ({ text: `${text} `, from: wanted.from, note: note.length > 40 ? `${note.slice(0, 40)}…` : note }))
}

/** The operators that a key takes. */
export function operatorProposals(wanted: Extract<Wanted, { what: 'operator' }>): Proposal[] {
  const kind = kindOf(wanted.key)
  const numeric = kind === 'metric' || /(?:start|end)_time$/.test(wanted.key)
  const operators = numeric ? ['>', '>=', '<', '<=', '=', '!='] : kind === 'param' || kind === 'tag' ? ['=', '!=', 'LIKE', 'ILIKE', 'IS NULL', 'IS NOT NULL'] : ['=', '!=', 'LIKE', 'ILIKE']
  return operators.map((text) => ({ text: `${text} `, from: wanted.from, note: meanings[text] ?? '' }))
}

const meanings: Readonly<Record<string, string>> = words.meanings

/** `metric`, `param`, `tag` or another; and the key without quotes. */
export const kindOf = (text: string): string => {
  const entity = text.includes('.') ? text.slice(0, text.indexOf('.')).toLowerCase() : 'attribute'
  return entity.startsWith('metric') ? 'metric' : entity.startsWith('param') ? 'param' : entity.startsWith('tag') ? 'tag' : entity
}
export const plainKey = (text: string): string => text.slice(text.indexOf('.') + 1).replace(/^[`"]|[`"]$/g, '')

/** Values in quotes; one that holds the usual quote gets the other kind. */
export const valueProposals = (values: readonly string[], wanted: Extract<Wanted, { what: 'value' }>): Proposal[] =>
  values.filter((value) => !value.includes("'") || !value.includes('"')).map((value) => {
    const quote = value.includes(wanted.quote) ? (wanted.quote === "'" ? '"' : "'") : wanted.quote
    return { text: `${quote}${value}${quote} `, from: wanted.from, note: '' }
  })

export interface FilterError {
  readonly message: string
  /** The part that is wrong. */
  readonly from: number
  readonly to: number
}

const isTaken = (text: string): boolean => {
  try {
    parseRunFilter(text)
    return true
  } catch {
    return false
  }
}

/** Which part of a condition is wrong: its key, its operator or its value; what is missing is wrong where it should stand. */
function wrongPart(text: string): { readonly from: number; readonly to: number } {
  const after = (start: number): { from: number; to: number } => {
    const from = start + text.slice(start).length - text.slice(start).trimStart().length
    return from < text.length ? { from, to: text.length } : { from: text.length, to: text.length + 1 }
  }
  const [, name, op] = new RegExp(String.raw`^(${key})\s*(${operator})?`, 'is').exec(text) ?? []
  if (name === undefined) return { from: 0, to: Math.max(1, text.length) }
  const some = ["'a'", '1', "('a')"]
  if (![...some.map((value) => `${name} = ${value}`), `${name} > 1`].some(isTaken)) return { from: 0, to: name.length }
  if (op === undefined) return after(name.length)
  const at = text.indexOf(op, name.length)
  if (/^is/i.test(op) ? !isTaken(`${name} ${op}`) : !some.some((value) => isTaken(`${name} ${op} ${value}`))) return { from: at, to: at + op.length }
  return after(at + op.length)
}

/** What is wrong with a filter, and where; undefined when the grammar takes it. */
export function filterError(text: string): FilterError | undefined {
  try {
    parseRunFilter(text)
    return undefined
  } catch (error) {
    const { message } = error as Error
    for (const clause of clausesOf(text)) {
      try {
        parseRunFilter(clause.text)
        if (clause.text.trim() !== '') continue
      } catch (inner) {
        const from = clause.from + clause.text.length - clause.text.trimStart().length
        const wrong = wrongPart(clause.text.trim())
        return { message: (inner as Error).message, from: from + wrong.from, to: from + wrong.to }
      }
      return { message, from: clause.from, to: Math.max(clause.from + 1, clause.from + clause.text.length) }
    }
    return { message, from: 0, to: text.length }
  }
}
