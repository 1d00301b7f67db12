import type { ReactNode } from 'react'
import type { ServingEndpoint } from '@cairn/protocol'
import { Empty, Time } from '../../ui/parts.tsx'
import { healthOf } from './endpoint-state.ts'
import { words } from './words.ts'

/** Who serves the endpoint, and how each does. */
export function Processes({ endpoint }: { endpoint: ServingEndpoint }): ReactNode {
  const { servers = [], revision, decider, name } = endpoint
  if (servers.length === 0) return <Empty title={words.unserved} code={words.unservedCode(name)} />
  return (
    <div className="scroll named" tabIndex={0} role="region" aria-label={words.columns.processes}>
      <table>
        <thead><tr><th scope="col">{words.address}</th><th scope="col">{words.host}</th><th scope="col">{words.healthTitle}</th><th scope="col">{words.runs}</th><th scope="col">{words.since}</th><th scope="col">{words.heard}</th><th scope="col">{words.versionsReady}</th><th scope="col">{words.warm}</th></tr></thead>
        <tbody>
          {servers.map((server) => {
            const health = healthOf(server, revision)
            const ready = (server.versions ?? []).filter((version) => version.ready === true)
            const problem = server.versions?.find(({ error }) => error !== undefined)
            return (
              <tr key={server.server_id}>
                <th scope="row">{server.url ?? <span className="soft">–</span>}{server.server_id === decider && <span className="soft"> {words.decides}</span>}</th>
                <td>{server.host}</td>
                <td><span className="serving-health" data-health={health}>{words.health[health]}</span>{problem !== undefined && <span className="error process-error"> {words.versionFails(problem.version, problem.error)}</span>}{server.aside === true && <span className="soft"> {words.mayNotDecideItsToken}</span>}</td>
                <td className="soft">{server.software}</td>
                <td><Time ms={Number(server.started_timestamp)} /></td>
                <td><Time ms={Number(server.seen_timestamp)} /></td>
                <td>{ready.map(({ version }) => version).join(', ')}</td>
                <td className="soft">{(server.warm ?? []).join(', ') || '–'}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
