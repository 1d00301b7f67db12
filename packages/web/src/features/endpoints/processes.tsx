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
        <thead><tr><th scope="col">Address</th><th scope="col">Host</th><th scope="col">Health</th><th scope="col">Runs</th><th scope="col">Since</th><th scope="col">Heard</th><th scope="col">Versions ready</th><th scope="col">Warm</th></tr></thead>
        <tbody>
          {servers.map((server) => {
            const health = healthOf(server, revision)
            const ready = (server.versions ?? []).filter((version) => version.ready === true)
            const problem = server.versions?.find(({ error }) => error !== undefined)
            return (
              <tr key={server.server_id}>
                <th scope="row">{server.url ?? <span className="soft">–</span>}{server.server_id === decider && <span className="soft"> decides</span>}</th>
                <td>{server.host}</td>
                <td><span className="serving-health" data-health={health}>{words.health[health]}</span>{problem !== undefined && <span className="error process-error"> version {problem.version}: {problem.error}</span>}{server.aside === true && <span className="soft"> (may not decide: its token cannot change the model)</span>}</td>
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
