import type { ReactNode } from 'react'
import type { ExperimentSummary, FailedRun, MovedAlias, ServingEndpoint } from '@cairn/protocol'
import { href } from '../../app/router.ts'
import { grouped, metric } from '../../ui/format.ts'
import { Time } from '../../ui/parts.tsx'
import { Trend } from '../experiments/trend.tsx'
import { words as experimentWords } from '../experiments/words.ts'
import { words } from './words.ts'

/** The experiments in which something last happened. */
export const RecentExperiments = ({ experiments }: { experiments: readonly ExperimentSummary[] }): ReactNode => (
  <div className="scroll" tabIndex={0} role="region" aria-label={words.recent}>
    <table className="home-experiments">
      <thead><tr><th scope="col">{words.columns.experiment}</th><th scope="col">{words.columns.runs}</th><th scope="col" className="home-trend">{words.columns.trend}</th><th scope="col">{words.columns.activity}</th></tr></thead>
      <tbody>
        {experiments.map(({ experiment_id, name, runs, running, failed, trend, last_activity }) => (
          <tr key={experiment_id}>
            <th scope="row" title={name}><a href={href.experiment(experiment_id)}>{name}</a></th>
            <td><span role="img" aria-label={experimentWords.counts(runs, running, failed)}><b>{grouped(runs)}</b>{running > 0 && <span className="count-running">{grouped(running)}</span>}{failed > 0 && <span className="count-failed">{grouped(failed)}</span>}</span></td>
            <td className="home-trend">{trend !== undefined && trend.values.length > 0 && <span title={trend.key} role="img" aria-label={experimentWords.trend(trend.key, metric(trend.values.at(-1) as number), trend.values.length)}><Trend values={trend.values} /> <span className="trend-value">{metric(trend.values.at(-1) as number)}</span> <span className="soft">{trend.key}</span></span>}</td>
            <td className="soft"><Time ms={Number(last_activity)} /></td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
)

/** More would push what else is news out of sight. */
const mostNews = 6

/** Runs that failed or were killed, the last first. */
export const FailedRuns = ({ runs, total, experiments, since }: { runs: readonly FailedRun[]; total: number; experiments: readonly string[]; since: number }): ReactNode => (
  <>
    <ul className="home-news">
      {runs.slice(0, mostNews).map(({ run_id, run_name, experiment_id, experiment_name, status, end_time, user_id }) => (
        <li key={run_id}>
          <span className="home-line"><a href={href.run(run_id)} title={run_name}>{run_name}</a><span className="status" data-status={status}>{words.failedRun[status]}</span></span>
          <span className="home-about"><a href={href.experiment(experiment_id)} title={experiment_name}>{experiment_name}</a>{user_id !== '' && <span>{words.by(user_id)}</span>}<Time ms={Number(end_time)} /></span>
        </li>
      ))}
    </ul>
    {total > Math.min(mostNews, runs.length) && <p className="home-more"><a href={href.runs(experiments, `attributes.end_time > ${since} and attributes.status != 'FINISHED'`)}>{words.more(total - Math.min(mostNews, runs.length))}</a></p>}
  </>
)

/** Which alias moved, from where to where, by whom and when. */
export const MovedAliases = ({ moved, since }: { moved: readonly MovedAlias[]; since: number }): ReactNode => (
  <ul className="home-news">
    {moved.slice(0, mostNews).map(({ entry_id, model, alias, from, to, principal, timestamp }) => (
      <li key={entry_id}>
        <span className="home-line"><a href={href.model(model)} title={model}>{model}</a><span className="chip"><span className="chip-name">{alias}</span></span>{Number(timestamp) > since && <span className="home-new">{words.isNew}</span>}</span>
        <span className="home-about">
          <span className="home-move">{from !== undefined && <><a href={href.version(model, from)}>{words.version(from)}</a> → </>}{to === undefined ? words.gone : <a href={href.version(model, to)}>{words.version(to)}</a>}</span>
          <span>{words.by(principal)}</span><Time ms={Number(timestamp)} />
        </span>
      </li>
    ))}
  </ul>
)

/** What is served, and how the requests are shared. */
export const Endpoints = ({ endpoints }: { endpoints: readonly ServingEndpoint[] }): ReactNode => (
  <ul className="home-news">
    {endpoints.map(({ name, model_name, traffic, rollout, last_updated_timestamp }) => (
      <li key={name}>
        <span className="home-line"><a href={href.endpoint(name)}>{name}</a>{rollout !== undefined && <span className="home-new">{words.trying(rollout.version)}</span>}</span>
        <span className="home-about">
          {model_name !== '' && <a href={href.model(model_name)}>{words.serves(model_name)}</a>}
          <span>{traffic.map(({ version, alias, weight }) => `${alias ?? words.version(version ?? '–')} ${words.share(weight)}`).join(' · ')}</span>
          <Time ms={Number(last_updated_timestamp)} />
        </span>
      </li>
    ))}
  </ul>
)
