import { useMemo, type ReactNode } from 'react'
import { href } from '../../app/router.ts'
import type { Level } from '../../app/may-edit.ts'
import { client } from '../../app/server.ts'
import { Empty } from '../../ui/parts.tsx'
import { ArtifactBrowser } from '../artifacts/artifact-browser.tsx'
import { runShelf } from '../artifacts/shelf.ts'
import { useAsync } from '../artifacts/use-async.ts'
import { words } from './words.ts'

const mostModels = 8

const log = (id: string): string => `import mlflow

mlflow.set_tracking_uri("$URL")
with mlflow.start_run(run_id="${id}"):
    mlflow.log_text("it went well", "report.md")`

export function RunArtifacts({ id, level, models, path, line, change, go }: { id: string; /** Undefined until it is known. */ level: Level | undefined; /** Logged models that the run made, whose files are their own. */ models: readonly string[]; path: string; line: number | undefined; change: number; go(url: string): void }): ReactNode {
  const shelf = useMemo(() => runShelf(client, id), [id])
  const known = models.slice(0, mostModels)
  const { value: names } = useAsync(`names of ${known.join(' ')}`, () => Promise.all(known.map((model) => client.loggedModels.get(model).then(({ info }) => info.name, () => model))))
  return (
    <>
      {known.length > 0 && <p className="made-models">{words.ofThisRunWithFiles(known.length === 1 ? words.model : words.models)} {known.map((model, at) => <span key={model}>{at > 0 && ', '}<a href={href.loggedModel(model)}>{names?.[at] ?? model}</a></span>)}{models.length > mostModels && <>, <a href={href.run(id, 'lineage')}>{words.and} {models.length - mostModels} {words.more}</a></>}</p>}
      <ArtifactBrowser
        shelf={shelf} level={level} path={path} line={line} change={change} go={go}
        hrefOf={(to, at) => href.artifact(id, to, at)}
        empty={<Empty title={words.thisRunHasNoArtifacts} code={log(id)} />}
      />
    </>
  )
}
