import type { ReactNode } from 'react'
import { href } from '../../app/router.ts'
import { client, useLive, useLoaded, useSoon } from '../../app/server.ts'
import { useTitle } from '../../app/title.ts'
import { grouped } from '../../ui/format.ts'
import { Empty, Failure, Time } from '../../ui/parts.tsx'
import { getHome } from '@cairn/protocol'
import { start } from '../experiments/start.ts'
import { Endpoints, FailedRuns, MovedAliases, RecentExperiments } from './news.tsx'
import { RunningRuns } from './running-runs.tsx'
import { useVisit } from './use-visit.ts'
import { words } from './words.ts'
import '../experiments/experiments.css'
import './home.css'

/** While runs come and go, the page is read again at most this often. */
const refreshMs = 800
const mostEndpoints = 8

/** What goes on: in one answer, then live. */
export function HomePage(): ReactNode {
  const [visit, markSeen] = useVisit()
  const { data, error, reload } = useLoaded(`home ${visit.since}`, (signal) => client.call(getHome, { since: visit.since, max_results: 12 }, { signal }))
  const endpoints = useLoaded('home endpoints', () => client.endpoints.listPage({ max_results: mostEndpoints }))
  useTitle(words.title)
  const readSoon = useSoon(reload, refreshMs)
  const readEndpointsSoon = useSoon(endpoints.reload, refreshMs)
  useLive('home', { types: ['experiment', 'run', 'registry', 'endpoint'] }, (message) => {
    if (message.type === 'endpoint') {
      // What a process that serves says of itself is no news here.
      if (message.data.change !== 'report') readEndpointsSoon()
    } else if (message.type === 'experiment' || message.type === 'run' || message.type === 'registry' || message.type === 'resync' || (message.type === 'connected' && !message.data.resumed)) readSoon()
  })
  const fresh = data !== undefined && data.running_total === 0 && data.experiments_total <= 1 && data.recent.every(({ experiment_id, runs }) => experiment_id === '0' && runs === 0)
  const served = endpoints.data?.items ?? []
  return (
    <div className="home">
      <div className="head"><h1>{words.title}</h1></div>
      {error !== undefined && <Failure error={error} retry={reload} />}
      {data === undefined ? error === undefined && <Waiting /> : <>
        {fresh && <Empty title={words.start} code={start} />}
        <section aria-labelledby="home-running">
          <div className="home-heading"><h2 id="home-running">{words.running}</h2>{data.running_total > 0 && <span className="home-count" role="status">{grouped(data.running_total)}</span>}</div>
          <RunningRuns runs={data.running} total={data.running_total} experiments={data.running_experiments} now={Number(data.now)} onNews={readSoon} />
        </section>
        <div className="home-columns">
          <section>
            <div className="home-heading"><h2 id="home-recent">{words.recent}</h2><a href={href.experiments()}>{words.allExperiments(data.experiments_total)}</a></div>
            <RecentExperiments experiments={data.recent} />
          </section>
          <div className="home-side">
            <section aria-labelledby="home-failed">
              <div className="home-heading"><h2 id="home-failed">{words.failed(visit.first)}</h2>{data.failed_total > 0 && <span className="home-count" data-bad="true">{grouped(data.failed_total)}</span>}<span className="spacer" />{data.failed_total > 0 && <button type="button" className="link" onClick={markSeen}>{words.seen}</button>}</div>
              {data.failed.length === 0 ? <p className="soft">{words.nothingFailed(visit.first)} {!visit.first && <>({words.since} <Time ms={visit.since} />)</>}</p> : <FailedRuns runs={data.failed} total={data.failed_total} experiments={data.failed_experiments} since={visit.since} />}
            </section>
            <section aria-labelledby="home-moved">
              <div className="home-heading"><h2 id="home-moved">{words.moved}</h2><a href={href.models()}>{words.allModels}</a></div>
              {data.moved.length === 0 ? <p className="soft">{words.nothingMoved}</p> : <MovedAliases moved={data.moved} since={visit.first ? Infinity : visit.since} />}
            </section>
            {served.length > 0 && (
              <section aria-labelledby="home-endpoints">
                <div className="home-heading"><h2 id="home-endpoints">{words.endpoints}</h2></div>
                <Endpoints endpoints={served} />
              </section>
            )}
          </div>
        </div>
      </>}
    </div>
  )
}

/** Stands where the page will be while it is read for the first time. */
const Waiting = (): ReactNode => <div className="home-waiting" aria-hidden="true"><span className="skeleton" /><span className="skeleton" /><span className="skeleton" /></div>
