import type { AuditEntry } from '@cairn/protocol'
import { formatTime } from '../framework/format.ts'
import type { Style } from '../framework/io.ts'
import { table } from '../framework/table.ts'

/** Changes as a table, for the registry's and the whole audit trail. */
export const auditTable = (entries: readonly AuditEntry[], style: Style, columns: number | undefined): string =>
  (entries.length === 0 ? 'No changes.' : table(entries, [
    { title: 'ENTRY', value: ({ entry_id }) => entry_id, align: 'right', whole: true, paint: style.dim },
    { title: 'WHEN', value: ({ timestamp }) => formatTime(Number(timestamp)), whole: true },
    { title: 'WHO', value: ({ principal }) => principal },
    { title: 'WHAT', value: ({ entity_name, version }) => (version === undefined ? entity_name : `${entity_name}/${version}`), paint: style.cyan },
    { title: 'CHANGE', value: ({ action, key }) => [action.replaceAll('_', ' '), key].filter(Boolean).join(' ') },
    { title: 'FROM', value: ({ before }) => short(before) },
    { title: 'TO', value: ({ after }) => short(after) },
  ], style, columns))

const short = (value: AuditEntry['before']): string =>
  (value === undefined || value === null ? '' : typeof value === 'object' ? JSON.stringify(value) : String(value))
