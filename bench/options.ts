import { parseArgs } from 'node:util'
import { peerNames, type PeerName } from './servers/server.ts'

/** How much of everything: what the issue's table names by default, a thimbleful to try the harness out. */
export interface Scale {
  readonly name: 'quick' | 'normal' | 'full'
  readonly rounds: number
  readonly seconds: number
  readonly smallRuns: number
  readonly mediumRuns: number
  readonly largeRuns: number
  readonly curvePoints: number
  readonly diskPoints: { readonly cairn: number; readonly peers: number }
  readonly artifactBytes: number
  readonly starts: number
}

const issue = { smallRuns: 1000, mediumRuns: 10_000, largeRuns: 100_000, curvePoints: 1_000_000, diskPoints: { cairn: 1_000_000, peers: 50_000 }, artifactBytes: 100_000_000 }

const scales: Record<Scale['name'], Scale> = {
  quick: { name: 'quick', rounds: 1, seconds: 1, starts: 1, smallRuns: 200, mediumRuns: 1000, largeRuns: 3000, curvePoints: 50_000, diskPoints: { cairn: 50_000, peers: 10_000 }, artifactBytes: 10_000_000 },
  normal: { name: 'normal', rounds: 3, seconds: 2.5, starts: 3, ...issue },
  full: { name: 'full', rounds: 5, seconds: 5, starts: 5, ...issue },
}

export interface Options {
  readonly scale: Scale
  readonly only: readonly string[] | undefined
  readonly peers: readonly PeerName[]
  /** Write the table into docs/benchmarks.md. */
  readonly docs: boolean
  /** Run Cairn from this command instead of an installed package. */
  readonly cairn: string | undefined
}

export const usage = `npm run bench -- [--only NAME,…] [--peers mlflow,fasttrackml | none] [--quick | --full] [--docs] [--cairn COMMAND]

  --only      rows to run, by name (--list shows them)
  --peers     what Cairn is compared with (default: both)
  --quick     small data, one short round: to try the harness out, not to report
  --full      five rounds of five seconds instead of three of two and a half
  --docs      also write the table into docs/benchmarks.md
  --cairn     a cairn command to measure (default: pack and install the packages in a temporary folder)
  --no-cairn  measure the peers alone
`

export function readOptions(args: readonly string[]): Options | 'help' | 'list' {
  const { values } = parseArgs({ args: [...args], options: {
    only: { type: 'string' }, peers: { type: 'string' }, quick: { type: 'boolean' }, full: { type: 'boolean' }, docs: { type: 'boolean' },
    cairn: { type: 'string' }, 'no-cairn': { type: 'boolean' }, list: { type: 'boolean' }, help: { type: 'boolean' },
  } })
  if (values.help) return 'help'
  if (values.list) return 'list'
  const wanted = values.peers === undefined ? ['mlflow', 'fasttrackml'] : values.peers.split(',').filter(name => name !== 'none')
  const unknown = wanted.filter(name => !peerNames.includes(name as PeerName))
  if (unknown.length > 0) throw new Error(`--peers: there is no ${unknown.join(', ')}; the peers are mlflow and fasttrackml, or none`)
  return {
    scale: scales[values.quick ? 'quick' : values.full ? 'full' : 'normal'],
    only: values.only?.split(','),
    peers: peerNames.filter(name => (name === 'cairn' ? !values['no-cairn'] : wanted.includes(name))),
    docs: values.docs ?? false,
    cairn: values.cairn,
  }
}
