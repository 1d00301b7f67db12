import { driftTag, type ColumnDrift, type DriftState, type getEndpointDrift, type ProfileColumn, type ResponseOf, type VersionDrift, type VersionProfile } from '@cairn/protocol'
import { formatNumber, formatTime } from '../framework/format.ts'
import type { Style } from '../framework/io.ts'
import { sparkline } from '../framework/sparkline.ts'
import { fields, table } from '../framework/table.ts'

const words: Readonly<Record<DriftState, string>> = { none: 'nothing to say yet', few: 'too few rows', steady: 'steady', possible: 'possible drift', drifted: 'drifted' }
const paint = (state: DriftState, style: Style): ((text: string) => string) => (state === 'drifted' ? style.red : state === 'possible' ? style.yellow : state === 'steady' ? style.green : style.dim)
const percent = (share: number): string => `${formatNumber(Number((share * 100).toPrecision(3)))} %`
const count = (value: number | bigint): string => Number(value).toLocaleString('en')
const short = (value: number): string => formatNumber(Number(value.toPrecision(4)))

type Parts = Pick<ProfileColumn, 'type' | 'edges' | 'min' | 'max' | 'categories'>
const rangeOf = ({ type, min, max, categories }: Parts): string => (type === 'number' ? `${short(min ?? 0)} to ${short(max ?? 0)}` : type === 'boolean' ? 'false, true' : (categories ?? []).join(', '))

export function profileText(name: string, version: string, profile: VersionProfile, style: Style, columns: number | undefined): string {
  const head = fields([
    ['Model', `${name} version ${version}`],
    ['Profile', profile.source === 'data' ? `of ${profile.of ?? 'data that was given'}` : `of the first rows that ${profile.of ?? 'an endpoint'} served`],
    ['Rows', count(profile.rows)],
    ['Made', `${formatTime(Number(profile.creation_timestamp))} by ${profile.created_by}`],
  ], style)
  return `${head}\n\n${table(profile.columns, [
    { title: 'COLUMN', value: (column) => column.name, paint: style.cyan },
    { title: 'TYPE', value: ({ type }) => type },
    { title: 'MISSING', value: ({ counts }) => percent(Number(counts[0]) / Number(profile.rows)), align: 'right' },
    { title: 'PARTS', value: ({ counts }) => counts.length, align: 'right' },
    { title: 'VALUES', value: rangeOf },
  ], style, columns)}`
}

export function driftText(endpoint: string, { versions, tag_problem }: ResponseOf<typeof getEndpointDrift>, style: Style, columns: number | undefined): string {
  const told = versions.length === 0 ? [`Endpoint ${endpoint} serves no version at the moment.`] : versions.map((drift) => versionText(drift, style, columns))
  const problem = tag_problem === undefined ? [] : [style.yellow(`The model’s tag ${driftTag} cannot be read, so it counts for nothing. ${tag_problem}\nSet it like this, or delete it: possible=0.15,drifted=0.3,min_rows=2000 (each part optional).`)]
  return [...problem, ...told].join('\n\n')
}

function versionText(drift: VersionDrift, style: Style, columns: number | undefined): string {
  const { reference, state, rows, skipped, since_timestamp, min_rows, moved } = drift
  const head = fields([
    ['Version', drift.version],
    ['Drift', `${words[state]}${moved > 0 ? `: ${moved} ${moved === 1 ? 'column' : 'columns'}` : ''}`],
    ['Rows', since_timestamp === undefined ? '0' : `${count(rows)} since ${formatTime(Number(since_timestamp))}${state === 'few' ? `, of ${count(min_rows)} that are needed` : ''}${Number(skipped) > 0 ? `; ${count(skipped)} requests were not counted` : ''}`],
    ['Compared with', reference === undefined ? 'nothing yet: the first 1,000 rows, or cairn models profile' : `${count(reference.rows)} rows, ${reference.source === 'data' ? `of ${reference.of ?? 'data that was given'}` : `the first that ${reference.of ?? 'an endpoint'} served`}`],
    ['Judged by', `a distance of ${formatNumber(drift.possible)} is possible drift, of ${formatNumber(drift.drifted)} drift, of ${count(min_rows)} rows or more`],
  ], style)
  if (drift.columns.length === 0) return head
  return `${head}\n\n${table(drift.columns, [
    { title: 'COLUMN', value: ({ name }) => name, paint: style.cyan },
    { title: 'STATE', value: (column) => words[column.state], paint: (text, column) => paint(column.state, style)(text) },
    { title: 'DISTANCE', value: ({ distance }) => distance.toFixed(2), align: 'right' },
    { title: 'REFERENCE', value: ({ reference: counts }) => bars(counts) },
    { title: 'NOW', value: ({ served }) => bars(served) },
    { title: 'MISSING', value: missing, align: 'right' },
    { title: 'VALUES', value: rangeOf },
  ], style, columns)}`
}

/** Without what is missing, which has its own column. */
const bars = (counts: readonly (number | bigint)[]): string => sparkline([0, ...counts.slice(1).map(Number)], 24).slice(1)

function missing({ reference, served }: ColumnDrift): string | undefined {
  const share = (counts: readonly (number | bigint)[]): number => Number(counts[0]) / Math.max(1, counts.reduce<number>((sum, one) => sum + Number(one), 0))
  return served[0] === 0 && reference[0] === 0 ? undefined : `${percent(share(reference))} → ${percent(share(served))}`
}
