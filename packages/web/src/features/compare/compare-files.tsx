import type { ReactNode } from 'react'
import type { Run } from '@cairn/protocol'
import { client } from '../../app/server.ts'
import { Select } from '../../ui/field.tsx'
import { viewerOf } from '../artifacts/kinds.ts'
import { runShelf, type Entry, type Shelf } from '../artifacts/shelf.ts'
import { useAsync } from '../artifacts/use-async.ts'
import { CompareImages } from './compare-images.tsx'
import type { Side } from './compare-side.ts'
import { CompareTables } from './compare-tables.tsx'
import { CompareTexts } from './compare-texts.tsx'
import { words } from './words.ts'

/** Files that say what a run's code and surroundings were, offered first. */
const telling = ['reproduce/changes.patch', 'reproduce/environment.lock', 'requirements.txt', 'conda.yaml', 'python_env.yaml']
const mostFolders = 60

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
        {runs.length > 2 && ([0, 1] as const).map((at) => <Select key={at} label={at === 0 ? words.firstRun : words.secondRun} value={sides[at]!.info.run_id} onChange={choose(at)} options={runs.map(({ info }) => [info.run_id, info.run_name] as const)} />)}
        {chosen !== undefined && <Select label={words.file} value={chosen} onChange={(next) => onChoose({ file: next })} options={names.map((name) => [name, name] as const)} />}
      </div>
      {error !== undefined ? <p className="error" role="alert">{error}</p>
        : value === undefined ? <p className="soft">{words.lookingForFiles}</p>
        : chosen === undefined ? <p className="soft">{words.theseRunsHaveNoArtifacts}</p>
        : left?.entry !== undefined && right?.entry !== undefined ? <Pair key={`${chosen} ${key}`} path={chosen} left={{ ...left, entry: left.entry }} right={{ ...right, entry: right.entry }} />
        : <p className="soft">{words.onlyHasThisFile((left?.entry === undefined ? right : left)?.name)}</p>}
    </>
  )
}

const rank = (name: string): number => {
  const at = telling.findIndex((one) => name === one || name.endsWith(`/${one}`))
  return at < 0 ? telling.length : at
}

function Pair({ path, left, right }: { path: string; left: Side; right: Side }): ReactNode {
  const kind = viewerOf(path)
  return (
    <section className="compare-pair" aria-label={words.ofAnd(path, left.name, right.name)}>
      <h3>{left.name} <span className="soft">{words.and}</span> {right.name}</h3>
      {kind === 'image' ? <CompareImages left={{ url: left.shelf.url(path), label: left.name }} right={{ url: right.shelf.url(path), label: right.name }} />
        : kind === 'table' || kind === 'json' ? <CompareTables path={path} left={left} right={right} />
          : <CompareTexts path={path} left={left} right={right} />}
    </section>
  )
}
