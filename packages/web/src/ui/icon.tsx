import type { ReactNode } from 'react'

/** Strokes on a field of 16 × 16. */
const shapes = {
  home: 'M2.5 7 8 2.5 13.5 7v6.5h-4V10h-3v3.5h-4Z',
  flask: 'M6 2v4.2L2.6 12a1 1 0 0 0 .9 1.5h9a1 1 0 0 0 .9-1.5L10 6.2V2M5 2h6M4.6 9.5h6.8',
  box: 'M8 1.8 13.5 5v6L8 14.2 2.5 11V5ZM2.5 5 8 8l5.5-3M8 8v6.2',
  search: 'M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10ZM10.8 10.8 14 14',
  help: 'M8 14.2A6.2 6.2 0 1 0 8 1.8a6.2 6.2 0 0 0 0 12.4ZM6.2 6.3a1.9 1.9 0 1 1 2.6 1.8c-.5.2-.8.6-.8 1.2M8 11.4v.1',
  sun: 'M8 11a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM8 1v1.5M8 13.5V15M1 8h1.5M13.5 8H15M3 3l1 1M12 12l1 1M13 3l-1 1M4 12l-1 1',
  moon: 'M13.5 9.6A6 6 0 0 1 6.4 2.5a6 6 0 1 0 7.1 7.1Z',
  person: 'M8 8a3 3 0 1 0 0-6 3 3 0 0 0 0 6ZM2.5 14c.6-3 2.8-4.5 5.5-4.5s4.9 1.5 5.5 4.5',
  screen: 'M2 3h12v8H2ZM6 14h4M8 11v3',
  copy: 'M5.5 5.5h8v8h-8ZM10.5 5.5v-3h-8v8h3',
  check: 'm3 8.5 3.2 3.2L13 4.8',
  close: 'm3.5 3.5 9 9M12.5 3.5l-9 9',
  down: 'm4 6 4 4 4-4',
  right: 'm6 4 4 4-4 4',
  left: 'm10 4-4 4 4 4',
  up: 'm4 10 4-4 4 4',
  more: 'M3.5 8v.1M8 8v.1M12.5 8v.1',
  plus: 'M8 3v10M3 8h10',
  minus: 'M3 8h10',
  eye: 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8ZM8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z',
  'eye-off': 'M2 2l12 12M6.3 3.8A6 6 0 0 1 8 3.5c4 0 6.5 4.5 6.5 4.5a11 11 0 0 1-1.9 2.5M4 4.9A11 11 0 0 0 1.5 8S4 12.5 8 12.5a6 6 0 0 0 3-.8M6.7 6.6a2 2 0 0 0 2.7 2.8',
  pin: 'M9.5 1.8 14.2 6.5 11 8l-1 3.5L4.5 6 8 5ZM7.2 8.8 2.5 13.5',
  tag: 'M2 2.5h5.5l6.5 6.5-5 5L2.5 7.5ZM5 5.2v.1',
  folder: 'M1.8 4V3h4l1.4 1.7h7v8.3H1.8Z',
  columns: 'M2 2.5h12v11H2ZM6 2.5v11M10 2.5v11',
  filter: 'M2 3h12l-4.7 5.5v4.7L6.7 12V8.5Z',
  sort: 'M5 3v10m0 0L2.5 10.5M5 13l2.5-2.5M11 13V3m0 0L8.5 5.5M11 3l2.5 2.5',
  group: 'M2 3h12M4.5 6.5H14M4.5 9.5H14M2 13h12',
  tree: 'M3 2v9.5h4M3 6h4M9 4.5h5v3H9ZM9 10h5v3H9Z',
  chart: 'M2 2v12h12M4.5 10.5l3-3.5 2.5 2 3.5-4.5',
  table: 'M2 3h12v10H2ZM2 6.3h12M2 9.6h12M6 3v10',
  download: 'M8 2v8m0 0 3.2-3.2M8 10 4.8 6.8M2.5 13.5h11',
  trash: 'M2.5 4.2h11M6 4V2.5h4V4M4 4.2l.7 9.3h6.6l.7-9.3M6.7 6.8v4.2M9.3 6.8v4.2',
  restore: 'M2.5 3v3.5H6M3 6.3A5.5 5.5 0 1 1 2.7 9.5',
  edit: 'M10.8 2.8l2.4 2.4L5.5 13H3v-2.5Z',
  flag: 'M3.5 14.5V2h8.8l-2 3 2 3H3.5',
  bookmark: 'M4 2h8v12l-4-3-4 3Z',
  undo: 'M5.5 3 2.5 6l3 3M2.8 6H9a4 4 0 0 1 0 8H6',
  link: 'M6.5 9.5l3-3M7 4.5 8.8 2.7a3 3 0 0 1 4.4 4.4L11.5 9M9 11.5 7.2 13.3a3 3 0 0 1-4.4-4.4L4.5 7',
  warn: 'M8 2 14.5 13.5h-13ZM8 6.5v3.2M8 11.6v.1',
  refresh: 'M13.5 3v3.5H10M13 6.3A5.5 5.5 0 1 0 13.3 9.5',
  panel: 'M2 2.5h12v11H2ZM9 2.5v11',
  grip: 'M6 3.5v.1M10 3.5v.1M6 8v.1M10 8v.1M6 12.5v.1M10 12.5v.1',
  compare: 'M2 3h5v10H2ZM9 3h5v10H9Z',
  note: 'M3 2h10v8.5L9.5 14H3ZM9.5 14v-3.5H13M5.5 5.5h5M5.5 8h5',
  expand: 'M9.5 2.5h4v4M6.5 13.5h-4v-4M13.2 2.8 9.5 6.5M2.8 13.2l3.7-3.7',
  shrink: 'M6.5 2.5v4h-4M9.5 13.5v-4h4M6.2 6.2 2.5 2.5M9.8 9.8l3.7 3.7',
  archive: 'M2 3h12v3H2ZM3 6v7.5h10V6M6.5 8.8h3',
} as const

export type IconName = keyof typeof shapes
export const iconNames = Object.keys(shapes) as IconName[]

/** A picture beside words; whoever stands alone has a label of its own. */
export const Icon = ({ name }: { name: IconName }): ReactNode => <svg className="icon" viewBox="0 0 16 16" aria-hidden="true"><path d={shapes[name]} /></svg>
