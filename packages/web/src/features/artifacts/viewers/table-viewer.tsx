import type { ReactNode } from 'react'
import { openTable } from '../decode/open-table.ts'
import { useAsync } from '../use-async.ts'
import { EncodingChoice, useEncoding } from './encoding-choice.tsx'
import { Problem, Waiting } from './problem.tsx'
import { TableView } from './table-view.tsx'
import type { ViewerProps } from './viewer.ts'
import { words } from '../words.ts'

export function TableViewer({ shelf, file }: ViewerProps): ReactNode {
  const [encoding, choose] = useEncoding()
  const { value, error } = useAsync(`${shelf.key} ${file.name} ${file.size} ${encoding ?? ''}`, () => openTable(file, encoding))
  if (error !== undefined) return <Problem error={error} url={shelf.url(file.name)} />
  if (value === undefined) return <Waiting />
  return (
    <>
      {value.encoding !== undefined && <EncodingChoice encoding={value.encoding} onChange={choose} />}
      <TableView table={value} label={words.rowsOf(file.name)} />
    </>
  )
}
