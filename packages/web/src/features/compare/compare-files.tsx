import { useMemo, useState, type ReactNode } from 'react'
import type { Run } from '@cairn/protocol'
import { client } from '../../app/server.ts'
import { Select } from '../../ui/field.tsx'
import { diffLines, type DiffLine } from '../artifacts/decode/diff.ts'
import { openTable } from '../artifacts/decode/open-table.ts'
import { readWhole } from '../artifacts/decode/table.ts'
import { viewerOf } from '../artifacts/kinds.ts'
import { fileOf, runShelf, type Entry, type Shelf } from '../artifacts/shelf.ts'
import { useAsync } from '../artifacts/use-async.ts'
import { CompareSlider } from '../artifacts/viewers/compare-slider.tsx'
import { TableView } from '../artifacts/viewers/table-view.tsx'

/** Files that say what a run's code and surroundings were, offered first. */
const telling = ['reproduce/changes.patch', 'reproduce/environment.lock', 'requirements.txt', 'conda.yaml', 'python_env.yaml']
const mostFolders = 60
const context = 3

async function filesOf(shelf: Shelf): Promise<Map<string, Entry>> {
  const found = new Map<string, Entry>()
  const waiting = ['']
  for (let read = 0; waiting.length > 0 && read < mostFolders; read += 1) {
    for (const entry of await shelf.list(waiting.shift()!)) {
      if (entry.folder) waiting.push(entry.path)
      else found.set(entry.path, entry)
    }
  }
  return found
}

export interface Chosen {
  readonly file?: string
  readonly pair?: readonly string[]
}

/** One file of two of the runs; only theirs are listed, however many are compared. */
export function CompareFiles({ runs, file, pair, onChoose }: { runs: readonly Run[]; file: string; pair: readonly string[]; onChoose(chosen: Chosen): void }): ReactNode {
  const sides = [0, 1].map((at) => runs.find(({ info }) => info.run_id === pair[at]) ?? runs[at]).filter((run) => run !== undefined)
  const key = sides.map(({ info }) => info.run_id).join(' ')
  const { value, error } = useAsync(key, () => Promise.all(sides.map(async ({ info }) => {
    const shelf = runShelf(client, info.run_id)
    return { name: info.run_name, shelf, files: await filesOf(shelf) }
  })))
  const names = [...new Set((value ?? []).flatMap(({ files }) => [...files.keys()]))].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b))
  const chosen = names.includes(file) ? file : names[0]
  const [left, right] = (value ?? []).map((side) => ({ ...side, entry: chosen === undefined ? undefined : side.files.get(chosen) }))
  const choose = (at: 0 | 1) => (id: string): void => {
    const next = sides.map(({ info }) => info.run_id)
    // Who chooses the other one turns them round.
    if (next[1 - at] === id) next[1 - at] = next[at]!
    next[at] = id
    onChoose({ pair: next })
  }
  return (
    <>
      <div className="bar compare-bar">
        {runs.length > 2 && ([0, 1] as const).map((at) => <Select key={at} label={at === 0 ? 'First run' : 'Second run'} value={sides[at]!.info.run_id} onChange={choose(at)} options={runs.map(({ info }) => [info.run_id, info.run_name] as const)} />)}
        {chosen !== undefined && <label>File <select className="field compare-file" value={chosen} onChange={(event) => onChoose({ file: event.target.value })}>{names.map((name) => <option key={name}>{name}</option>)}</select></label>}
      </div>
      {error !== undefined ? <p className="error" role="alert">{error}</p>
        : value === undefined ? <p className="soft">Looking for files…</p>
        : chosen === undefined ? <p className="soft">These runs have no artifacts.</p>
        : left?.entry !== undefined && right?.entry !== undefined ? <Pair key={`${chosen} ${key}`} path={chosen} left={{ ...left, entry: left.entry }} right={{ ...right, entry: right.entry }} />
        : <p className="soft">Only {(left?.entry === undefined ? right : left)?.name} has this file.</p>}
    </>
  )
}

const rank = (name: string): number => {
  const at = telling.findIndex((one) => name === one || name.endsWith(`/${one}`))
  return at < 0 ? telling.length : at
}

interface Side { readonly name: string; readonly shelf: Shelf; readonly entry: Entry }

function Pair({ path, left, right }: { path: string; left: Side; right: Side }): ReactNode {
  const kind = viewerOf(path)
  return (
    <section className="compare-pair" aria-label={`${path} of ${left.name} and ${right.name}`}>
      <h3>{left.name} <span className="soft">and</span> {right.name}</h3>
      {kind === 'image' ? <Images left={{ url: left.shelf.url(path), label: left.name }} right={{ url: right.shelf.url(path), label: right.name }} />
        : kind === 'table' && !/\.(?:csv|tsv|tab)$/i.test(path) ? <Tables path={path} left={left} right={right} />
          : <Texts path={path} left={left} right={right} />}
    </section>
  )
}

const imageModes = [['slider', 'Slider'], ['beside', 'Side by side'], ['difference', 'Difference']] as const

type ImageMode = (typeof imageModes)[number][0]

/** Two images: under a slider, beside each other, or what differs, bright on black. */
function Images({ left, right }: { left: { url: string; label: string }; right: { url: string; label: string } }): ReactNode {
  const [mode, setMode] = useState<ImageMode>('slider')
  return (
    <>
      <div className="bar compare-bar"><Select<ImageMode> label="Images" value={mode} options={imageModes} onChange={setMode} /></div>
      {mode === 'slider' ? <CompareSlider left={left} right={right} />
        : mode === 'beside' ? <div className="compare-beside">{[left, right].map(({ url, label }) => <figure key={label}><img src={url} alt={label} /><figcaption>{label}</figcaption></figure>)}</div>
          : <div className="compare-difference" role="img" aria-label={`What differs between ${left.label} and ${right.label}; equal parts are black`}><img src={right.url} alt="" /><img src={left.url} alt="" /></div>}
    </>
  )
}

function Tables({ path, left, right }: { path: string; left: Side; right: Side }): ReactNode {
  const { value, error } = useAsync(`${left.shelf.key} ${right.shelf.key} ${path}`, () => Promise.all([left, right].map(({ shelf, entry }) => openTable(fileOf(client, shelf, entry)))))
  if (error !== undefined) return <p className="error" role="alert">{error}</p>
  return value === undefined ? <p className="soft">Reading…</p> : <div className="compare-tables">{value.map((table, index) => <TableView key={index} table={table} label={`${path} of ${(index === 0 ? left : right).name}`} />)}</div>
}

function Texts({ path, left, right }: { path: string; left: Side; right: Side }): ReactNode {
  const { value, error } = useAsync(`${left.shelf.key} ${right.shelf.key} ${path}`, async () => {
    const [a, b] = await Promise.all([left, right].map(async ({ shelf, entry }) => readWhole(fileOf(client, shelf, entry), 4 * 2 ** 20)))
    if (a!.subarray(0, 8192).includes(0) || b!.subarray(0, 8192).includes(0)) return a!.length === b!.length && a!.every((byte, index) => byte === b![index]) ? [] : 'binary' as const
    const lines = [a!, b!].map((bytes) => new TextDecoder().decode(bytes).split('\n'))
    return diffLines(lines[0]!, lines[1]!) ?? 'different' as const
  })
  if (error !== undefined) return <p className="error" role="alert">{error}</p>
  if (value === undefined) return <p className="soft">Reading…</p>
  if (value === 'binary') return <p className="soft">The two files hold binary data, and differ.</p>
  if (value === 'different') return <p className="soft">The two files have so little in common that no difference is shown.</p>
  return value.every(({ kind }) => kind === 'same') ? <p className="soft">The two files are equal.</p> : <Difference lines={value} label={`Difference of ${path}`} />
}

/** Changed lines with a few around them, left and right beside each other. */
function Difference({ lines, label }: { lines: readonly DiffLine[]; label: string }): ReactNode {
  const rows = useMemo(() => beside(lines), [lines])
  return (
    <div className="scroll difference" tabIndex={0} role="region" aria-label={label}>
      <table>
        <tbody>
          {rows.slice(0, 4000).map((row, index) => (row === undefined
            ? <tr key={index} className="difference-gap"><td colSpan={4}>⋯</td></tr>
            : (
              <tr key={index}>
                <td className="difference-number">{row.left?.left}</td><td className="difference-text" data-kind={row.left?.kind}>{row.left?.kind === 'removed' && <span className="visually-hidden">removed: </span>}{row.left?.text}</td>
                <td className="difference-number">{row.right?.right}</td><td className="difference-text" data-kind={row.right?.kind}>{row.right?.kind === 'added' && <span className="visually-hidden">added: </span>}{row.right?.text}</td>
              </tr>
            )))}
        </tbody>
      </table>
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
