import { byName, sectionsOf } from './sections.ts'

/** A panel put into a section, before another of it or, without one, at its end. */
export interface Put {
  readonly id: string
  readonly section: string
  readonly before: string
}

/** How many columns and rows of the grid a panel takes. */
export interface PanelSize {
  readonly width: number
  readonly height: number
}

export const mostWidth = 4
export const mostHeight = 4
export const usualSize: PanelSize = { width: 1, height: 1 }

/** The section that panels of one's own come into, before all others. Keys of metrics hold no `*`. */
export const ownSection = '*'

const escaped = (text: string): string => text.replace(/[%*]/g, (one) => (one === '*' ? '%2A' : '%25'))
const plain = (text: string): string => text.replace(/%2A|%25/g, (one) => (one === '%2A' ? '*' : '%'))
const sectionText = (section: string): string => (section === ownSection ? '' : `_${escaped(section)}`)

/** `train/loss*_val*auc`: a panel, its section and what it stands before. */
export const writePut = ({ id, section, before }: Put): string => `${escaped(id)}*${sectionText(section)}${before === '' ? '' : `*${escaped(before)}`}`

export function readPut(text: string): Put[] {
  const [id = '', section = '', before = ''] = text.split('*')
  return id === '' ? [] : [{ id: plain(id), section: section === '' ? ownSection : plain(section.slice(1)), before: plain(before) }]
}

export const writeSize = (id: string, { width, height }: PanelSize): string => `${width}x${height}*${escaped(id)}`

export function readSize(text: string): [string, PanelSize][] {
  const match = /^([1-4])x([1-4])\*(.+)$/.exec(text)
  return match === null ? [] : [[plain(match[3]!), { width: Number(match[1]), height: Number(match[2]) }]]
}

/** The id of a panel of one's own among all panels; the others have the name of their metric, which cannot begin so. */
export const ownId = (id: string): string => `#${id}`

export interface Layout {
  readonly metrics: readonly string[]
  /** Panels of one's own, as `ownId` says them. */
  readonly own: readonly string[]
  readonly puts: readonly Put[]
  /** Panels that were taken away. */
  readonly off: readonly string[]
  /** Sections in the order in which they were put; others come behind them. */
  readonly order?: readonly string[]
}

export type Sections = readonly (readonly [section: string, ids: readonly string[]])[]

/** Sections by prefix of the metrics' names, one's own panels first, with what was moved where it was moved to. */
export function layoutSections({ metrics, own, puts, off, order = [] }: Layout): Sections {
  const sections = new Map<string, string[]>([[ownSection, [...own]], ...sectionsOf(metrics)])
  const known = new Set([...metrics, ...own])
  for (const { id, section, before } of puts) {
    if (!known.has(id)) continue
    for (const [name, ids] of sections) sections.set(name, ids.filter((one) => one !== id))
    const ids = sections.get(section) ?? []
    const at = before === '' ? -1 : ids.indexOf(before)
    sections.set(section, at < 0 ? [...ids, id] : ids.toSpliced(at, 0, id))
  }
  const gone = new Set(off)
  return [...sections].map(([name, ids]) => [name, ids.filter((id) => !gone.has(id))] as const).filter(([, ids]) => ids.length > 0)
    .sort(([a], [b]) => placeIn(order, a) - placeIn(order, b) || (a === ownSection ? -1 : b === ownSection ? 1 : byName(a, b)))
}

const placeIn = (order: readonly string[], section: string): number => {
  const place = order.indexOf(section)
  return place < 0 ? order.length : place
}

/** The order of sections with one put before another, or behind all. */
export function withSectionBefore(sections: Sections, section: string, before: string | undefined): string[] {
  const others = sections.map(([name]) => name).filter((name) => name !== section)
  const at = before === undefined ? -1 : others.indexOf(before)
  return at < 0 ? [...others, section] : others.toSpliced(at, 0, section)
}

/** The order of sections with one moved by a place; undefined where there is none. */
export function withSectionStepped(sections: Sections, section: string, by: -1 | 1): string[] | undefined {
  const names = sections.map(([name]) => name)
  const at = names.indexOf(section)
  const other = names[at + by]
  return at < 0 || other === undefined ? undefined : names.with(at, other).with(at + by, section)
}

/** With a panel put elsewhere; what was said of it before is forgotten. */
export const withPut = (puts: readonly Put[], put: Put): Put[] => [...puts.filter(({ id }) => id !== put.id), put]

/** Where a panel goes that is moved by one place in its section, or into the section above or below; undefined where there is none. */
export function stepped(sections: Sections, id: string, step: 'left' | 'right' | 'up' | 'down'): Put | undefined {
  const at = sections.findIndex(([, ids]) => ids.includes(id))
  if (at < 0) return undefined
  const [section, ids] = sections[at]!
  const place = ids.indexOf(id)
  if (step === 'left') return place === 0 ? undefined : { id, section, before: ids[place - 1]! }
  if (step === 'right') return place === ids.length - 1 ? undefined : { id, section, before: ids[place + 2] ?? '' }
  const next = sections[at + (step === 'up' ? -1 : 1)]
  // Above the first section there is always room for what one wants to see first.
  if (next === undefined) return step === 'up' && section !== ownSection ? { id, section: ownSection, before: '' } : undefined
  return { id, section: next[0], before: step === 'up' ? '' : next[1][0] ?? '' }
}
