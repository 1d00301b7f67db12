import { useState, type ReactNode } from 'react'
import { driftTag, type ColumnDrift, type VersionDrift } from '@cairn/protocol'
import { href } from '../../app/router.ts'
import { serverUrl } from '../../app/server.ts'
import { CopyButton } from '../../ui/button.tsx'
import { count, grouped } from '../../ui/format.ts'
import { Failure, Time } from '../../ui/parts.tsx'
import { DriftWord } from './drift-mark.tsx'
import { movedMost, percentText, sharesOf } from './moved-part.ts'
import { Spread } from './spread.tsx'
import type { Drifts } from './use-drift.ts'
import { words } from './words.ts'
import './drift.css'

/** Columns that are shown before one asks for all. */
const few = 5
const number = (value: number | bigint): string => grouped(Number(value))

/** Of each version that is served: whether what it is asked has moved, where, since when, and what to do. */
export function DriftReport({ model, drifts, at }: { readonly model: string; readonly drifts: Drifts; /** What each is named by: on an endpoint's page by its version. */ readonly at: 'endpoint' | 'version' }): ReactNode {
  const { data, error, reload } = drifts
  return (
    <section className="drift" aria-label={words.title} id="drift">
      <h2>{words.title}</h2>
      {error !== undefined && data === undefined && <Failure error={error} retry={reload} />}
      {data?.tag_problem !== undefined && <TagProblem model={model} why={data.tag_problem} />}
      {data?.versions.length === 0 && <p className="soft">{words.endpointsServeNothing}</p>}
      {data?.versions.map((drift) => <OneDrift key={`${drift.endpoint} ${drift.version}`} model={model} drift={drift} at={at} />)}
    </section>
  )
}

/** What says by which distances is judged cannot be read. */
const TagProblem = ({ model, why }: { model: string; why: string }): ReactNode => (
  <div role="status" className="drift-problem"><Typed what={words.tagProblem(driftTag, why)} code={words.tagCode(model, driftTag)} /></div>
)

function OneDrift({ model, drift, at }: { model: string; drift: VersionDrift; at: 'endpoint' | 'version' }): ReactNode {
  const { endpoint, version, state, rows, min_rows, skipped, since_timestamp, reference, columns, moved } = drift
  return (
    <article className="card drift-card" aria-label={words.versionAt(version, endpoint)}>
      <div className="card-head">
        <h3>{at === 'endpoint' ? <a href={href.version(model, version)}>{words.versionNumber(version)}</a> : <>{words.at} <a href={href.endpoint(endpoint)}>{endpoint}</a></>}</h3>
        <DriftWord state={state} />
        {moved > 0 && <span className="soft">{words.of(moved, count(columns.length, 'column'))}</span>}
      </div>
      {reference !== undefined && (
        <>
          <p className="soft">
            {state === 'none' ? words.noneCounted : <>{state === 'few' ? words.ofNeeded(number(rows), number(min_rows)) : words.rows(number(rows))}{since_timestamp !== undefined && <> {words.from} <Time ms={Number(since_timestamp)} /> {words.on}</>}</>}
            {Number(skipped) > 0 && <> ({words.skipped(number(skipped))})</>}{state !== 'none' && ', '}
            {words.against} {reference.source === 'data' ? words.profileOfData(number(reference.rows), reference.of ?? words.dataGiven) : words.profileServed(number(reference.rows), reference.of ?? words.anEndpoint)}.
          </p>
          {columns.length > 0 && <Columns drift={drift} />}
        </>
      )}
      <Next model={model} drift={drift} />
    </article>
  )
}

function Columns({ drift: { version, endpoint, columns } }: { drift: VersionDrift }): ReactNode {
  const [all, setAll] = useState(false)
  const shown = all ? columns : columns.slice(0, few)
  const gaps = shown.some(({ reference, served }) => Number(reference[0]) + Number(served[0]) > 0)
  return (
    <>
      <div className="scroll named" tabIndex={0} role="region" aria-label={words.table(version, endpoint)}>
        <table>
          <thead><tr>
            <th scope="col">{words.columns.column}</th><th scope="col">{words.columns.state}</th><th scope="col" className="number">{words.columns.distance}</th>
            <th scope="col">{words.columns.spread} <span className="drift-legend soft"><i className="then" />{words.legendThen}<i className="now" />{words.legendNow}</span></th>
            <th scope="col">{words.columns.move}</th>{gaps && <th scope="col" className="number">{words.columns.missing}</th>}
          </tr></thead>
          <tbody>{shown.map((column) => (
            <tr key={column.name}>
              <th scope="row">{column.name}</th>
              <td><DriftWord state={column.state} /></td>
              <td className="number">{column.distance.toFixed(2)}</td>
              <td><Spread column={column} /></td>
              <td>{movedMost(column) ?? <span className="soft">–</span>}</td>
              {gaps && <td className="number">{missing(column)}</td>}
            </tr>
          ))}</tbody>
        </table>
      </div>
      {columns.length > few && <button type="button" className="link" aria-expanded={all} onClick={() => setAll(!all)}>{all ? words.fewer : words.all(columns.length)}</button>}
    </>
  )
}

const missing = ({ reference, served }: ColumnDrift): string => `${percentText(sharesOf(reference)[0]!)} → ${percentText(sharesOf(served)[0]!)}`

/** What follows from it, with what to type. */
function Next({ model, drift: { state, endpoint, version, reference } }: { model: string; drift: VersionDrift }): ReactNode {
  if (state === 'drifted') return <Typed what={words.nextDrifted} code={words.retrainCode(endpoint)} />
  if (state === 'possible') return <Typed what={words.nextPossible} code={words.driftCode(endpoint)} />
  if (reference === undefined) return <Typed what={words.noneYet} code={words.profileCode(model, version)} />
  return reference.source === 'served' ? <Typed what={words.nextServed} code={words.profileCode(model, version)} /> : null
}

function Typed({ what, code }: { what: string; code: string }): ReactNode {
  const text = code.replaceAll('$URL', serverUrl)
  return <div className="empty drift-next"><p>{what}</p><div className="empty-code"><pre tabIndex={0} aria-label={words.next}><code>{text}</code></pre><CopyButton text={text} /></div></div>
}
