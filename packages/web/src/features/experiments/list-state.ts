import { experimentOrders, type ExperimentOrder } from '@cairn/protocol'

/** What one looks at, as it stands in the address. */
export interface ListState {
  /** What is looked for, as typed: words, and tags as `team=retention`. */
  readonly find: string
  readonly order: ExperimentOrder
  readonly reverse: boolean
  /** One list with whole names, instead of folders. */
  readonly flat: boolean
  readonly archive: boolean
  /** Paths of the folders that are open. */
  readonly open: readonly string[]
  /** The experiment whose notes and tags are shown beside the list. */
  readonly show: string
}

const isOrder = (text: string): text is ExperimentOrder => (experimentOrders as readonly string[]).includes(text)

export function readList(query: URLSearchParams): ListState {
  const [order = '', direction] = (query.get('sort') ?? '').split(' ')
  return {
    find: query.get('q') ?? '', order: isOrder(order) ? order : 'activity', reverse: direction === 'reverse',
    flat: query.get('view') === 'list', archive: query.get('stage') === 'archived', open: [...new Set(query.getAll('open'))], show: query.get('show') ?? '',
  }
}

/** The query of an address, without what is as usual. */
export function printList({ find, order, reverse, flat, archive, open, show }: ListState): string {
  const query = new URLSearchParams()
  if (find !== '') query.set('q', find)
  if (order !== 'activity' || reverse) query.set('sort', `${order}${reverse ? ' reverse' : ''}`)
  if (flat) query.set('view', 'list')
  if (archive) query.set('stage', 'archived')
  for (const path of open) query.append('open', path)
  if (show !== '') query.set('show', show)
  const text = query.toString()
  return text === '' ? '' : `?${text}`
}

export interface Search {
  readonly words: string[]
  readonly tags: { key: string; value?: string }[]
}

/** `defects team=retention owner="ada l"`: words of the name, and tags with their values; `team=` is any value. */
export function readSearch(text: string): Search {
  const words: string[] = []
  const tags: { key: string; value?: string }[] = []
  for (const [part] of text.matchAll(/(?:"[^"]*"?|[^\s"])+/g)) {
    const tag = /^([^="]+)=(.*)$/s.exec(part)
    const plain = (value: string): string => value.replaceAll('"', '')
    if (tag === null) {
      if (plain(part) !== '') words.push(plain(part))
    } else tags.push({ key: tag[1]!, ...(plain(tag[2]!) !== '' && { value: plain(tag[2]!) }) })
  }
  return { words: words.slice(0, 12), tags: tags.slice(0, 8) }
}

/** A tag as the search takes it. */
export const searchTag = (key: string, value: string): string => `${key}=${/[\s"]/.test(value) ? `"${value.replaceAll('"', '')}"` : value}`

/** The search with a tag more, or without it where it was there. */
export function withTag(find: string, key: string, value: string): string {
  const tag = searchTag(key, value)
  const parts: string[] = find.match(/(?:"[^"]*"?|[^\s"])+/g) ?? []
  return (parts.includes(tag) ? parts.filter((part) => part !== tag) : [...parts, tag]).join(' ')
}
