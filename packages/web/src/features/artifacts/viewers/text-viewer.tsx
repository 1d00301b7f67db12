import { useState, type ReactNode } from 'react'
import { bytes } from '../../../ui/format.ts'
import { languageOf } from '../decode/highlight.ts'
import { Unreadable } from '../decode/table.ts'
import { isBinary, textOf } from '../decode/text.ts'
import { useAsync } from '../use-async.ts'
import { Code } from './code.tsx'
import type { ViewerProps } from './viewer.ts'
import { Problem, Waiting } from './problem.tsx'
import { words } from '../words.ts'

const part = 2 * 2 ** 20
/** Beyond this the lines are plain: nobody reads colours in a log of that size. */
const highlighted = 2 * 2 ** 20

export function TextViewer({ shelf, file, line, hrefOfLine }: ViewerProps): ReactNode {
  const [shown, setShown] = useState(part)
  const { value: text, error } = useAsync(`${shelf.key} ${file.name} ${file.size} ${shown}`, async () => {
    const read = await file.read(0, Math.min(shown, file.size))
    if (isBinary(read)) throw new Unreadable(words.thisFileHoldsBinaryDataTitle)
    return textOf(read)
  })
  if (error !== undefined) return <Problem error={error} url={shelf.url(file.name)} />
  if (text === undefined) return <Waiting />
  return (
    <>
      <Code text={text} language={file.size > highlighted ? 'text' : languageOf(file.name)} line={line} hrefOfLine={hrefOfLine} label={words.textOf(file.name)} />
      {shown < file.size && <p className="viewer-note">{words.theFirstOf(bytes(shown), bytes(file.size))} <button type="button" className="link" onClick={() => setShown(shown * 4)}>{words.showMore}</button></p>}
    </>
  )
}
