import { ratio, show, type Result, type Row } from '../rows/row.ts'
import { peerNames, type PeerName } from '../servers/server.ts'

/** What the table says besides the rows. */
export interface Meta {
  readonly date: string
  readonly scale: string
  readonly machine: string
  readonly pinning: string
  readonly node: string
  readonly peers: readonly { readonly name: PeerName; readonly version: string; readonly how: string }[]
}

const names: Record<PeerName, string> = { cairn: 'Cairn', mlflow: 'MLflow', fasttrackml: 'FastTrackML' }

const header = ['work', 'server', 'rate', 'p50 ms', 'p99 ms', 'processor ms', 'memory MB', 'compared', 'Cairn better by', 'target']

/** One line per row and server, for Markdown; readable in a terminal as well. */
export function table(rows: readonly Row[]): string {
  const lines = rows.flatMap(row => peerNames.flatMap(name => {
    const result = row.results[name]
    return result === undefined ? [] : [cells(row, name, result)]
  }))
  const widths = header.map((title, i) => Math.max(title.length, ...lines.map(line => line[i]!.length)))
  const render = (line: readonly string[]) => `| ${line.map((text, i) => (i < 2 || i === 7 ? text.padEnd(widths[i]!) : text.padStart(widths[i]!))).join(' | ')} |`
  const rule = `|${widths.map((width, i) => (i < 2 || i === 7 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  return [render(header), rule, ...lines.map(render)].join('\n')
}

function cells(row: Row, name: PeerName, result: Result): string[] {
  const { summary } = result
  const first = name === peerNames.find(peer => row.results[peer] !== undefined)
  const more = result.unfinished ? '> ' : ''
  // Whole in the JSON file; a table bears only so much.
  const compared = result.failure?.slice(0, 90) ?? `${more}${show(result.value)} ${row.unit}${result.note === undefined ? '' : ` (${result.note})`}`
  const times = name === 'cairn' ? Number.NaN : ratio(row, row.results.cairn?.value ?? Number.NaN, result.value)
  const target = name === 'cairn' ? undefined : row.targets[name]
  return [
    first ? `${row.title}: ${row.compared}` : '',
    names[name],
    summary === undefined ? '' : `${show(summary.perSecond)}/s`,
    summary === undefined ? '' : show(summary.p50Ms),
    summary === undefined ? '' : show(summary.p99Ms),
    summary === undefined || Number.isNaN(summary.cpuMs) ? '' : show(summary.cpuMs),
    summary === undefined ? '' : show(summary.rssPeak / 1e6),
    compared.replaceAll('|', '/'),
    Number.isNaN(times) ? '' : `${more}${show(times)}×`,
    target === undefined ? '' : `${target}× ${Number.isNaN(times) ? '?' : times >= target ? '✓' : '✗'}`,
  ]
}

/** What Cairn promises by itself. */
export function checkTable(rows: readonly Row[]): string {
  const lines = rows.flatMap(row => row.checks.map(check => `| ${row.name} | ${check.text} | ${check.measured} | ${check.ok ? '✓' : '✗'} |`))
  return lines.length === 0 ? '' : ['| row | promise | measured | |', '|---|---|---|---|', ...lines].join('\n')
}

export function preface(meta: Meta): string {
  return [
    `${meta.date}; ${meta.machine}; ${meta.pinning}; Node ${meta.node}; \`--${meta.scale}\` scale.`,
    '',
    ...meta.peers.map(peer => `- ${names[peer.name]} ${peer.version}: ${peer.how}`),
  ].join('\n')
}
