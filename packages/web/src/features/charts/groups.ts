import { words } from './words.ts'

/** What a run says of a field; undefined for nothing. */
export type ValueOf<T> = (run: T, field: string) => string | number | undefined

/** Runs that say the same, of one field or of several: the first tells them apart first. */
export interface GroupOf {
  readonly path: readonly string[]
  readonly members: readonly string[]
}

/** Runs that say nothing of it are a group too. */
export const noValue = words.noneInBrackets
/** And so are those of the rarest texts, where there are too many to tell apart. */
export const others = words.othersInBrackets

/** Different numbers of a field beyond which they are put together, a quarter of the runs each. */
const mostNumbers = 8
const parts = 4
/** Groups of texts at most, the others among them. */
const mostTexts = 20

/** A text that is a number, as one. */
export function numberOf(value: string | number | undefined): number | undefined {
  if (value === undefined || (typeof value === 'string' && value.trim() === '')) return undefined
  const number = Number(value)
  return Number.isFinite(number) ? number : undefined
}

/** The groups in the order of their values: numbers as such, texts as one reads them, what says nothing last. */
export function groupsOf<T>(runs: readonly T[], fields: readonly string[], idOf: (run: T) => string, valueOf: ValueOf<T>): GroupOf[] {
  const sorts = fields.map((field) => sorted(runs.map((run) => valueOf(run, field))))
  const groups = new Map<string, { readonly places: readonly number[]; readonly path: readonly string[]; readonly members: string[] }>()
  for (const [at, run] of runs.entries()) {
    const places = sorts.map(({ place }) => place[at]!)
    const known = groups.get(places.join())
    if (known === undefined) groups.set(places.join(), { places, path: sorts.map(({ names }, field) => names[places[field]!]!), members: [idOf(run)] })
    else known.members.push(idOf(run))
  }
  return [...groups.values()].sort((a, b) => {
    const differs = a.places.findIndex((place, field) => place !== b.places[field])
    return differs < 0 ? 0 : a.places[differs]! - b.places[differs]!
  }).map(({ path, members }) => ({ path, members }))
}

/** Of each value its place among the names. */
function sorted(values: readonly (string | number | undefined)[]): { names: string[]; place: number[] } {
  const numbers = values.map(numberOf)
  const known = values.flatMap((value, at) => (value === undefined ? [] : [numbers[at]]))
  if (known.length > 0 && known.every((value) => value !== undefined) && new Set(known).size > mostNumbers) {
    const order = (known as number[]).toSorted((a, b) => a - b)
    // The greatest of each quarter; equal numbers stay together.
    const edges = [...new Set(Array.from({ length: parts }, (_, at) => order[Math.ceil((at + 1) * order.length / parts) - 1]!))]
    const ends = edges.map((edge, at) => [at === 0 ? order[0]! : order.find((value) => value > edges[at - 1]!)!, edge] as const)
    const written = [3, 6, 17].map((digits) => ends.map(([from, to]) => (from === to ? short(to, digits) : words.fromTo(short(from, digits), short(to, digits)))))
    const names = [...written.find((all) => new Set(all).size === all.length) ?? written[2]!, noValue]
    return { names, place: numbers.map((value) => (value === undefined ? names.length - 1 : edges.findIndex((edge) => value <= edge))) }
  }
  const texts = few(values.map((value) => (value === undefined ? noValue : String(value))))
  const rank = (name: string): number => (name === noValue ? 2 : name === others ? 1 : 0)
  const names = [...new Set(texts)].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b, 'en', { numeric: true }))
  const places = new Map(names.map((name, at) => [name, at]))
  return { names, place: texts.map((text) => places.get(text)!) }
}

/** The texts that most runs have, and the others as one. */
function few(texts: readonly string[]): readonly string[] {
  const often = new Map<string, number>()
  for (const text of texts) if (text !== noValue) often.set(text, (often.get(text) ?? 0) + 1)
  if (often.size <= mostTexts) return texts
  const kept = new Set([...often].sort(([a, some], [b, more]) => more - some || a.localeCompare(b, 'en', { numeric: true })).slice(0, mostTexts - 1).map(([text]) => text))
  return texts.map((text) => (text === noValue || kept.has(text) ? text : others))
}

const short = (value: number, digits: number): string => String(Number(value.toPrecision(digits)))
