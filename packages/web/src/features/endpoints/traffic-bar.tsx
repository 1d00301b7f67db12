import type { ReactNode } from 'react'
import { percentText, type Share } from './endpoint-state.ts'
import { words } from './words.ts'

/** The colour of a version: the same on the whole page. */
export const colourOf = (versions: readonly string[], version: string | undefined): string => (version === undefined ? 'var(--line-strong)' : `var(--series-${Math.max(0, versions.indexOf(version)) % 10})`)
export const versionsIn = (shares: readonly Share[]): string[] => [...new Set(shares.flatMap(({ version }) => version ?? []))].toSorted((a, b) => Number(a) - Number(b))

const name = ({ version, aliases }: Share): string => `${aliases.length === 0 ? '' : `${aliases.join(', ')} → `}${version ?? 'nothing'}`

/** Who answers how much, as lengths and in words. What is only tried is hatched. */
export function TrafficBar({ shares, small = false }: { shares: readonly Share[]; small?: boolean }): ReactNode {
  const versions = versionsIn(shares)
  return (
    <div className="traffic" data-small={small}>
      <div className="traffic-bar" aria-hidden="true">
        {shares.filter(({ percent }) => percent > 0).map((share, at) => <span key={at} data-tried={share.tried} style={{ flexGrow: share.percent, '--colour': colourOf(versions, share.version) } as object} />)}
      </div>
      <ul className="traffic-legend">
        {shares.map((share, at) => <li key={at}><i data-tried={share.tried} style={{ '--colour': colourOf(versions, share.version) } as object} aria-hidden="true" />{share.tried ? words.tries(share.version) : name(share)} <b>{percentText(share.percent)}</b></li>)}
      </ul>
    </div>
  )
}
