import { useMemo, type ReactNode } from 'react'
import { href } from '../../app/router.ts'
import { client } from '../../app/server.ts'
import { Empty } from '../../ui/parts.tsx'
import { ArtifactBrowser } from '../artifacts/artifact-browser.tsx'
import { runShelf } from '../artifacts/shelf.ts'

const log = (id: string): string => `import mlflow

mlflow.set_tracking_uri("$URL")
with mlflow.start_run(run_id="${id}"):
    mlflow.log_text("it went well", "report.md")`

export function RunArtifacts({ id, path, line, change, go }: { id: string; path: string; line: number | undefined; change: number; go(url: string): void }): ReactNode {
  const shelf = useMemo(() => runShelf(client, id), [id])
  return (
    <ArtifactBrowser
      shelf={shelf} path={path} line={line} change={change} go={go}
      hrefOf={(to, at) => href.artifact(id, to, at)}
      empty={<Empty title="This run has no artifacts yet. They appear here as soon as it logs some:" code={log(id)} />}
    />
  )
}
