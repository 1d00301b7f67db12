import type { ReactNode } from 'react'
import type { LoggedModel, ModelVersion, Run } from '@cairn/protocol'
import { href } from '../../app/router.ts'
import { Empty, Time } from '../../ui/parts.tsx'
import { lineageId } from '../models/lineage-facts.ts'
import { Lineage } from '../models/lineage.tsx'
import { words } from './words.ts'

/** What the run read and made: datasets, models in and out, the versions registered from them, and the endpoints that serve those. */
export function RunLineage({ run }: { run: Run }): ReactNode {
  const id = run.info.run_id
  const empty = <Empty title={words.nothingIsKnownOfWhat} code={`import mlflow\n\nmlflow.set_tracking_uri("$URL")\nwith mlflow.start_run(run_id="${id}"):\n    mlflow.log_input(mlflow.data.from_pandas(df, name="churn"), context="train")\n    mlflow.sklearn.log_model(model, name="model", registered_model_name="churn")`} />
  return <Lineage start={{ run }} here={lineageId.run(id)} empty={empty} more={({ models, versions }) => models.length > 0 && <LoggedModels models={models} versions={versions} />} />
}

function LoggedModels({ models, versions }: { models: readonly LoggedModel[]; versions: readonly ModelVersion[] }): ReactNode {
  return (
    <section className="logged-models">
      <h2>{words.loggedModels} <span className="soft">{models.length}</span></h2>
      <div className="scroll named" tabIndex={0} role="region" aria-label={words.loggedModels}>
        <table>
          <thead><tr><th scope="col">{words.model}</th><th scope="col">{words.status}</th><th scope="col">{words.made}</th><th scope="col">{words.registeredAs}</th></tr></thead>
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
