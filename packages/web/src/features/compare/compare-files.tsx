import type { ReactNode } from 'react'
import type { Run } from '@cairn/protocol'
import { Select } from '../../ui/field.tsx'
import { count } from '../../ui/format.ts'
import { Failure } from '../../ui/parts.tsx'
import { viewerOf } from '../artifacts/kinds.ts'
import { CompareImages } from './compare-images.tsx'
import type { Side } from './compare-side.ts'
import { CompareTables } from './compare-tables.tsx'
import { CompareTexts } from './compare-texts.tsx'
import type { FileWalk } from './file-walk.ts'
import { useFileWalks } from './use-file-walks.ts'
import { words } from './words.ts'

/** Files that say what a run's code and surroundings were, offered first. */
const telling = ['reproduce/changes.patch', 'reproduce/environment.lock', 'requirements.txt', 'conda.yaml', 'python_env.yaml']

export interface Chosen {
  readonly file?: string
  readonly pair?: readonly string[]
}

/** One file of two of the runs; only theirs are listed, however many are compared. */
export function CompareFiles({ runs, file, pair, onChoose }: { runs: readonly Run[]; file: string; pair: readonly string[]; onChoose(chosen: Chosen): void }): ReactNode {
  const sides = [0, 1].map((at) => runs.find(({ info }) => info.run_id === pair[at]) ?? runs[at]).filter((run) => run !== undefined)
  const { walks, looked, looking, error, lookFurther } = useFileWalks(sides.map(({ info }) => info.run_id), file, chosenOf)
  const names = namesOf(walks)
  const chosen = chosenOf(walks, file)
  const [left, right] = walks.map(({ shelf, files }, at) => ({ name: sides[at]!.info.run_name, shelf, entry: chosen === undefined ? undefined : files.get(chosen) }))
  const [through, waiting] = [walks.reduce((sum, { read }) => sum + read, 0), walks.reduce((sum, walk) => sum + walk.waiting, 0)]
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
      {error !== undefined && <Failure error={error} retry={lookFurther} />}
      {looked && waiting > 0 && <p className="soft compare-looked" role="status">{words.lookedThrough(count(through, 'folder'), count(waiting, 'more folder'))} <button type="button" className="link" disabled={looking} onClick={lookFurther}>{looking ? words.lookingForFiles : words.lookFurther}</button></p>}
      {!looked ? error === undefined && <p className="soft">{words.lookingForFiles}</p>
        : chosen === undefined ? waiting === 0 && <p className="soft">{words.theseRunsHaveNoArtifacts}</p>
        : left?.entry !== undefined && right?.entry !== undefined ? <Pair key={`${chosen} ${walks.map(({ shelf }) => shelf.key).join(' ')}`} path={chosen} left={{ ...left, entry: left.entry }} right={{ ...right, entry: right.entry }} />
        : looking ? <p className="soft">{words.lookingForFiles}</p>
        : <p className="soft">{words.onlyHasThisFile((left?.entry === undefined ? right : left)?.name)}</p>}
    </>
  )
}

const namesOf = (walks: readonly FileWalk[]): string[] => [...new Set(walks.flatMap(({ files }) => [...files.keys()]))].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b))

const chosenOf = (walks: readonly FileWalk[], file: string): string | undefined => (walks.some(({ files }) => files.has(file)) ? file : namesOf(walks)[0])

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
