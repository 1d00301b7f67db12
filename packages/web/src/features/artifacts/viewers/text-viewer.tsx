import { useState, type ReactNode } from 'react'
import { bytes } from '../../../ui/format.ts'
import { languageOf } from '../decode/highlight.ts'
import { Unreadable } from '../decode/table.ts'
import { encodingOf, isBinary, isGuess, textOf } from '../decode/text.ts'
import { useAsync } from '../use-async.ts'
import { Code } from './code.tsx'
import { EncodingChoice, useEncoding } from './encoding-choice.tsx'
import type { ViewerProps } from './viewer.ts'
import { Problem, Waiting } from './problem.tsx'
import { words } from '../words.ts'

const part = 2 * 2 ** 20
/** Beyond this the lines are plain: nobody reads colours in a log of that size. */
const highlighted = 2 * 2 ** 20

export function TextViewer({ shelf, file, line, hrefOfLine }: ViewerProps): ReactNode {
  const [shown, setShown] = useState(part)
  const [chosen, choose] = useEncoding()
  const { value, error } = useAsync(`${shelf.key} ${file.name} ${file.size} ${shown} ${chosen ?? ''}`, async () => {
    const read = await file.read(0, Math.min(shown, file.size))
    if (chosen === undefined && isBinary(read)) throw new Unreadable(words.thisFileHoldsBinaryDataTitle)
    const encoding = chosen ?? encodingOf(read)
    return { text: textOf(read, encoding), ...((chosen !== undefined || isGuess(encoding, read)) && { encoding }) }
  })
  if (error !== undefined) return <Problem error={error} url={shelf.url(file.name)} />
  if (value === undefined) return <Waiting />
  return (
    <>
      {value.encoding !== undefined && <EncodingChoice encoding={value.encoding} onChange={choose} />}
      <Code text={value.text} language={file.size > highlighted ? 'text' : languageOf(file.name)} line={line} hrefOfLine={hrefOfLine} label={words.textOf(file.name)} />
      {shown < file.size && <p className="viewer-note">{words.theFirstOf(bytes(shown), bytes(file.size))} <button type="button" className="link" onClick={() => setShown(shown * 4)}>{words.showMore}</button></p>}
    </>
  )
}
