import { useMemo, type ReactNode } from 'react'
import { client } from '../../app/server.ts'
import { count, grouped } from '../../ui/format.ts'
import { diffLines, type DiffLine } from '../artifacts/decode/diff.ts'
import { readWhole } from '../artifacts/decode/table.ts'
import { isBinary, textOf } from '../artifacts/decode/text.ts'
import { fileOf } from '../artifacts/shelf.ts'
import { useAsync } from '../artifacts/use-async.ts'
import type { Side } from './compare-side.ts'
import { words } from './words.ts'

/** Lines around what has changed. */
const context = 3
const mostRows = 4000

/** Two texts line by line; `pretty` writes them so that lines can be compared. */
export function CompareTexts({ path, left, right, pretty = (text) => text }: { path: string; left: Side; right: Side; pretty?(text: string): string }): ReactNode {
  const { value, error } = useAsync(`${left.shelf.key} ${right.shelf.key} ${path}`, async () => {
    const [a, b] = await Promise.all([left, right].map(async ({ shelf, entry }) => readWhole(fileOf(client, shelf, entry), 4 * 2 ** 20)))
    if (isBinary(a!) || isBinary(b!)) return a!.length === b!.length && a!.every((byte, index) => byte === b![index]) ? [] : 'binary' as const
    const lines = [a!, b!].map((bytes) => pretty(textOf(bytes)).split('\n'))
    return diffLines(lines[0]!, lines[1]!) ?? 'different' as const
  })
  if (error !== undefined) return <p className="error" role="alert">{error}</p>
  if (value === undefined) return <p className="soft">{words.reading}</p>
  if (value === 'binary') return <p className="soft">{words.theTwoFilesHoldBinary}</p>
  if (value === 'different') return <p className="soft">{words.theTwoFilesHaveSo}</p>
  return value.every(({ kind }) => kind === 'same') ? <p className="soft">{words.theTwoFilesAreEqual}</p> : <Difference lines={value} label={words.differenceOf(path)} />
}

/** Changed lines with a few around them, left and right beside each other. */
function Difference({ lines, label }: { lines: readonly DiffLine[]; label: string }): ReactNode {
  const rows = useMemo(() => beside(lines), [lines])
  return (
    <div className="scroll difference" tabIndex={0} role="region" aria-label={label}>
      <table>
        <tbody>
          {rows.slice(0, mostRows).map((row, index) => (row === undefined
            ? <tr key={index} className="difference-gap"><td colSpan={4}>⋯</td></tr>
            : (
              <tr key={index}>
                <td className="difference-number">{row.left?.left}</td><td className="difference-text" data-kind={row.left?.kind}>{row.left?.kind === 'removed' && <span className="visually-hidden">{words.removed} </span>}{row.left?.text}</td>
                <td className="difference-number">{row.right?.right}</td><td className="difference-text" data-kind={row.right?.kind}>{row.right?.kind === 'added' && <span className="visually-hidden">{words.added} </span>}{row.right?.text}</td>
              </tr>
            )))}
        </tbody>
      </table>
      {rows.length > mostRows && <p className="difference-rest soft">{words.theFirstLines(grouped(mostRows), count(rows.length - mostRows, 'more row'))}</p>}
    </div>
  )
}

interface Beside { readonly left?: DiffLine | undefined; readonly right?: DiffLine | undefined }

function beside(lines: readonly DiffLine[]): (Beside | undefined)[] {
  const rows: (Beside | undefined)[] = []
  for (let at = 0; at < lines.length;) {
    if (lines[at]!.kind === 'same') {
      let end = at
      while (end < lines.length && lines[end]!.kind === 'same') end += 1
      const head = at === 0 ? 0 : context
      const tail = end === lines.length ? 0 : context
      const length = end - at
      for (let index = 0; index < length; index += 1) {
        if (length > head + tail + 1 && index === head) {
          rows.push(undefined)
          index = length - tail - 1
          continue
        }
        const line = lines[at + index]!
        rows.push({ left: line, right: line })
      }
      at = end
      continue
    }
    const removed: DiffLine[] = []
    const added: DiffLine[] = []
    for (; at < lines.length && lines[at]!.kind !== 'same'; at += 1) (lines[at]!.kind === 'removed' ? removed : added).push(lines[at]!)
    for (let index = 0; index < Math.max(removed.length, added.length); index += 1) rows.push({ left: removed[index], right: added[index] })
  }
  return rows
}
