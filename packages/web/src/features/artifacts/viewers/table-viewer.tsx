import type { ReactNode } from 'react'
import { openTable } from '../decode/open-table.ts'
import { useAsync } from '../use-async.ts'
import { Problem, Waiting } from './problem.tsx'
import { TableView } from './table-view.tsx'
import type { ViewerProps } from './viewer.ts'
import { words } from '../words.ts'

export function TableViewer({ shelf, file }: ViewerProps): ReactNode {
  const { value, error } = useAsync(`${shelf.key} ${file.name} ${file.size}`, () => openTable(file))
  if (error !== undefined) return <Problem error={error} url={shelf.url(file.name)} />
  return value === undefined ? <Waiting /> : <TableView table={value} label={words.rowsOf(file.name)} />
}
