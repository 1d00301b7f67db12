import { useMemo, useState, type ReactNode } from 'react'
import type { Experiment } from '@cairn/protocol'
import { href } from '../../app/router.ts'
import { client, useLive, useLoaded, useSoon } from '../../app/server.ts'
import { useTitle } from '../../app/title.ts'
import { count } from '../../ui/format.ts'
import { Empty, Failure, Time } from '../../ui/parts.tsx'

const start = `import mlflow

mlflow.set_tracking_uri("$URL")
mlflow.set_experiment("my first experiment")
with mlflow.start_run():
    mlflow.log_param("lr", 0.01)
    mlflow.log_metric("loss", 0.5)`

/** The list is read whole up to this many; the search asks the server. */
const most = 1000

export function ExperimentsPage(): ReactNode {
  const [text, setText] = useState('')
  const [limit, setLimit] = useState(most)
  const { data, error, reload } = useLoaded(`experiments ${text} ${limit}`, async (signal) => {
    const page = await client.experiments.searchPage({
      max_results: limit, order_by: ['last_update_time DESC'],
      ...(text !== '' && { filter: nameLike(text) }),
    }, { signal })
    return page
  })
  useTitle('Experiments')
  const readSoon = useSoon(reload)
  useLive('experiments', { types: ['experiment'] }, (message) => {
    if (message.type === 'experiment' || message.type === 'resync' || (message.type === 'connected' && !message.data.resumed)) readSoon()
  })
  const shown = useMemo(() => data?.items ?? [], [data])
  return (
    <>
      <div className="head">
        <h1>Experiments</h1>
        {data && <span className="soft">{count(shown.length, 'experiment')}{data.next_page_token ? ' so far' : ''}</span>}
      </div>
      <div className="bar">
        <input className="field" type="search" placeholder="Find by name" aria-label="Find experiments by name" value={text} onChange={(event) => setText(event.target.value)} />
      </div>
      {error !== undefined && <Failure error={error} retry={reload} />}
      {data && shown.length === 0 && text !== '' && <Empty title={`No experiment has “${text}” in its name.`} />}
      {data && text === '' && shown.length <= 1 && (shown[0]?.experiment_id ?? '0') === '0' && <Welcome />}
      {shown.length > 0 && <List experiments={shown} />}
      {data?.next_page_token !== undefined && <p><button type="button" className="button" onClick={() => setLimit(limit + most)}>Show more</button></p>}
    </>
  )
}

const Welcome = (): ReactNode => <Empty title="Nothing is logged yet. In Python:" code={start} />

/** The grammar has no escapes: a text with both kinds of quotes is looked for by what stands before the second kind. */
function nameLike(text: string): string {
  const quote = text.includes("'") ? '"' : "'"
  return `name ILIKE ${quote}%${text.split(quote)[0]!}%${quote}`
}

function List({ experiments }: { experiments: readonly Experiment[] }): ReactNode {
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Experiments">
      <table className="named">
        <thead><tr><th scope="col">Name</th><th scope="col">Updated</th><th scope="col">Created</th><th scope="col">Tags</th><th scope="col" className="number">Id</th></tr></thead>
        <tbody>
          {experiments.map((experiment) => (
            <tr key={experiment.experiment_id}>
              <th scope="row" title={experiment.name}><a href={href.experiment(experiment.experiment_id)}>{experiment.name}</a></th>
              <td><Time ms={Number(experiment.last_update_time ?? 0)} /></td>
              <td><Time ms={Number(experiment.creation_time ?? 0)} /></td>
              <td className="soft">{(experiment.tags ?? []).filter(({ key }) => !key.startsWith('mlflow.')).map(({ key, value }) => `${key}: ${value}`).join(', ')}</td>
              <td className="number soft">{experiment.experiment_id}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
