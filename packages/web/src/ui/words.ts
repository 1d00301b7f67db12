/** What a phrase is said of. */
export type Said = string | number | undefined

export type TimeUnit = 'second' | 'minute' | 'hour' | 'day' | 'month' | 'year'

/** What has a name where it is one unit away: before, now, after. */
const near: Partial<Record<TimeUnit, readonly [string, string, string]>> = {
  day: ['yesterday', 'today', 'tomorrow'], month: ['last month', 'this month', 'next month'], year: ['last year', 'this year', 'next year'],
}

export const words = {
  /** How far a time is away from now. */
  away: (some: number, unit: TimeUnit): string => {
    const named = unit === 'second' && some === 0 ? 'now' : near[unit]?.[some + 1]
    const amount = `${Math.abs(some)} ${unit}${Math.abs(some) === 1 ? '' : 's'}`
    return named ?? (some < 0 ? `${amount} ago` : `in ${amount}`)
  },
  copy: 'Copy',
  copied: 'Copied',
  cannotCopy: 'The browser does not let this page copy.',
  cannotCopyPicture: 'The browser copies pictures only from pages that come by https or from this machine: save it as a file.',
  remove: (name: Said): string => `Remove ${name}`,
  close: 'Close',
  tryAgain: 'Try again',
  example: 'Example',
  dismiss: 'Dismiss',
  invalidDate: 'Invalid date',
  notATime: 'no time',
  noTime: (ms: Said): string => `${ms} is no time in milliseconds since 1970`,
} as const

/** What is counted: one, and several. */
export const nouns = {
  bar: ['bar', 'bars'],
  bin: ['bin', 'bins'],
  'child run': ['child run', 'child runs'],
  column: ['column', 'columns'],
  comment: ['comment', 'comments'],
  endpoint: ['endpoint', 'endpoints'],
  entry: ['entry', 'entries'],
  'equal row': ['equal row', 'equal rows'],
  file: ['file', 'files'],
  folder: ['folder', 'folders'],
  'more folder': ['more folder', 'more folders'],
  group: ['group', 'groups'],
  item: ['item', 'items'],
  key: ['key', 'keys'],
  label: ['label', 'labels'],
  line: ['line', 'lines'],
  metric: ['metric', 'metrics'],
  model: ['model', 'models'],
  'more metric': ['more metric', 'more metrics'],
  'more row': ['more row', 'more rows'],
  'more run': ['more run', 'more runs'],
  name: ['name', 'names'],
  node: ['node', 'nodes'],
  page: ['page', 'pages'],
  point: ['point', 'points'],
  process: ['process', 'processes'],
  row: ['row', 'rows'],
  run: ['run', 'runs'],
  slice: ['slice', 'slices'],
  version: ['version', 'versions'],
} as const
export type Noun = keyof typeof nouns
