import { useMemo, type ReactNode } from 'react'
import type { LoggedModel, ModelVersion, Run } from '@cairn/protocol'
import { href } from '../../app/router.ts'
import { client, useLoaded } from '../../app/server.ts'
import { Empty, Failure, Time } from '../../ui/parts.tsx'
import { Lineage, type LineagePart } from '../models/lineage.tsx'

/** What the run read and made: datasets, models in and out, and the versions registered from them. */
export function RunLineage({ run }: { run: Run }): ReactNode {
  const made = (run.outputs?.model_outputs ?? []).map(({ model_id }) => model_id)
  const used = (run.inputs.model_inputs ?? []).map(({ model_id }) => model_id)
  const { data: models, error, reload } = useLoaded(`models of ${run.info.run_id} ${[...made, ...used].join(' ')}`, () => Promise.all([...new Set([...made, ...used])].slice(0, 60).map((id) => client.loggedModels.get(id).catch(() => undefined))))
  const versions = useLoaded(`versions of ${run.info.run_id}`, () => client.models.searchVersionsPage({ filter: `run_id = '${run.info.run_id.replaceAll("'", "''")}'` }))
  const known = useMemo(() => new Map((models ?? []).filter((model) => model !== undefined).map((model) => [model.info.model_id, model])), [models])
  if (error !== undefined) return <Failure error={error} retry={reload} />
  if (models === undefined || versions.data === undefined) return versions.error === undefined ? <p className="soft">Loading…</p> : <Failure error={versions.error} retry={versions.reload} />
  const id = run.info.run_id
  const parts: LineagePart[] = [{ id: 'run', title: run.info.run_name, note: 'run', here: true }]
  const links: [string, string][] = []
  for (const { dataset } of run.inputs.dataset_inputs ?? []) {
    const key = `dataset ${dataset.name} ${dataset.digest}`
    if (!parts.some((part) => part.id === key)) parts.push({ id: key, title: dataset.name, note: `dataset ${dataset.digest}` })
    links.push([key, 'run'])
  }
  for (const one of used) {
    parts.push({ id: `used ${one}`, title: known.get(one)?.info.name ?? one, note: 'model used', href: href.loggedModel(one) })
    links.push([`used ${one}`, 'run'])
  }
  for (const one of made) {
    parts.push({ id: one, title: known.get(one)?.info.name ?? one, note: 'model', href: href.loggedModel(one) })
    links.push(['run', one])
  }
  for (const version of versions.data.items) {
    const key = `version ${version.name} ${version.version}`
    parts.push({ id: key, title: `${version.name} ${version.version}`, note: ['version', ...(version.aliases ?? []).map((alias) => `@${alias}`)].join(' '), href: href.version(version.name, version.version) })
    links.push([version.model_id !== undefined && made.includes(version.model_id) ? version.model_id : 'run', key])
  }
  if (parts.length === 1) {
    return <Empty title="Nothing is known of what this run read or made. Logging inputs and models shows it here:" code={`import mlflow\n\nmlflow.set_tracking_uri("$URL")\nwith mlflow.start_run(run_id="${id}"):\n    mlflow.log_input(mlflow.data.from_pandas(df, name="churn"), context="train")\n    mlflow.sklearn.log_model(model, name="model", registered_model_name="churn")`} />
  }
  return <><Lineage parts={parts} links={links} />{known.size > 0 && <LoggedModels models={[...known.values()]} versions={versions.data.items} />}</>
}

function LoggedModels({ models, versions }: { models: readonly LoggedModel[]; versions: readonly ModelVersion[] }): ReactNode {
  return (
    <section className="logged-models">
      <h2>Logged models <span className="soft">{models.length}</span></h2>
      <div className="scroll named" tabIndex={0} role="region" aria-label="Logged models">
        <table>
          <thead><tr><th scope="col">Model</th><th scope="col">Status</th><th scope="col">Made</th><th scope="col">Registered as</th></tr></thead>
          <tbody>
            {models.map(({ info }) => (
              <tr key={info.model_id}>
                <th scope="row"><a href={href.loggedModel(info.model_id)}>{info.name}</a></th><td>{info.status.replace('LOGGED_MODEL_', '').toLowerCase().replaceAll('_', ' ')}</td><td><Time ms={Number(info.creation_timestamp_ms)} /></td>
                <td>{versions.filter(({ model_id }) => model_id === info.model_id).map(({ name, version }) => <a key={`${name} ${version}`} href={href.version(name, version)}>{name} {version}</a>)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}
