import { useCallback, useState, type ReactNode } from 'react'
import { readWhole } from '../decode/table.ts'
import { textOf } from '../decode/text.ts'
import { beside, folderOf } from '../shelf.ts'
import { useAsync } from '../use-async.ts'
import { Markdown } from './markdown.tsx'
import { Problem, Waiting } from './problem.tsx'
import { TextViewer } from './text-viewer.tsx'
import type { ViewerProps } from './viewer.ts'
import { words } from '../words.ts'

export function MarkdownViewer(props: ViewerProps): ReactNode {
  const { shelf, file, line, hrefOf } = props
  const [source, setSource] = useState(line !== undefined)
  const { value, error } = useAsync(`${shelf.key} ${file.name} ${file.size}`, async () => textOf(await readWhole(file, 4 * 2 ** 20)))
  const resolve = useCallback((path: string) => shelf.url(beside(folderOf(file.name), path)), [shelf, file.name])
  const open = useCallback((path: string) => hrefOf(beside(folderOf(file.name), path)), [shelf, file.name])
  if (error !== undefined) return <Problem error={error} url={shelf.url(file.name)} />
  if (value === undefined) return <Waiting />
  return (
    <>
      <div className="viewer-bar" role="group" aria-label={words.shownAs}>
        <button type="button" className="button" aria-pressed={!source} onClick={() => setSource(false)}>{words.pageTitle}</button>
        <button type="button" className="button" aria-pressed={source} onClick={() => setSource(true)}>{words.text}</button>
      </div>
      {source ? <TextViewer {...props} /> : <div className="viewer-page" tabIndex={0} role="region" aria-label={words.page(file.name)}><Markdown text={value} resolve={resolve} open={open} /></div>}
    </>
  )
}
