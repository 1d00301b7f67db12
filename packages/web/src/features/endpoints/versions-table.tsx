import type { ReactNode } from 'react'
import type { ServingEndpoint } from '@cairn/protocol'
import { href } from '../../app/router.ts'
import { grouped } from '../../ui/format.ts'
import { percentText, seenOf, sharesOf } from './endpoint-state.ts'
import { msText, shareText } from './load.tsx'
import { colourOf, versionsIn } from './traffic-bar.tsx'
import { words } from './words.ts'

/** Each version that answers, with what all processes saw of it since the traffic last changed. */
export function VersionsTable({ endpoint }: { endpoint: ServingEndpoint }): ReactNode {
  const { model_name, servers = [] } = endpoint
  const shares = sharesOf(endpoint)
  const versions = versionsIn(shares)
  const there = servers.filter(({ silent }) => silent !== true).length
  return (
    <div className="scroll named versions" tabIndex={0} role="region" aria-label={words.versionsThatAnswer}>
      <table>
        <thead><tr><th scope="col">{words.version}</th><th scope="col" className="number">{words.share}</th><th scope="col" className="number">{words.requests}</th><th scope="col" className="number">{words.errors}</th><th scope="col" className="number">p50</th><th scope="col" className="number">p99</th><th scope="col" className="number">{words.readyAt}</th></tr></thead>
        <tbody>
          {shares.map((share, at) => {
            const seen = share.version === undefined ? undefined : seenOf(servers, share.version)
            return (
              <tr key={at}>
                <th scope="row">
                  <i className="swatch" data-tried={share.tried} style={{ '--colour': colourOf(versions, share.version) } as object} aria-hidden="true" />
                  {share.version === undefined ? <span className="error">{words.nothing}</span> : <a href={href.version(model_name, share.version)}>{words.versionNumber(share.version)}</a>}
                  {share.aliases.map((alias) => <span key={alias} className="alias">{alias}</span>)}{share.tried && <span className="soft"> {words.tried}</span>}
                </th>
                <td className="number">{percentText(share.percent)}</td>
                <td className="number">{seen !== undefined && grouped(seen.requests)}</td>
                <td className="number" data-bad={(seen?.errors ?? 0) > 0}>{seen !== undefined && (seen.requests === 0 ? '–' : shareText(seen.errors / seen.requests))}</td>
                <td className="number">{msText(seen?.p50)}</td><td className="number">{msText(seen?.p99)}</td>
                <td className="number">{there === 0 ? '–' : words.ofReadyThere(seen?.ready ?? 0, there)}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}
