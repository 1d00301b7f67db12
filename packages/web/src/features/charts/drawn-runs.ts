import { bandOf, mean, noLine, type BandKind, type DrawnLine, type Line, type Look } from '@cairn/charts'
import { isTellingTag, type Run } from '@cairn/protocol'
import { numberOf } from './groups.ts'

/** A run as the charts know it. */
export interface DrawnRun {
  readonly id: string
  readonly name: string
  readonly look: Look
}

/** Runs of one value of a field, or of two, as one. */
export interface DrawnGroup extends DrawnRun {
  readonly members: readonly string[]
}

/** What a run says of a param, tag, attribute or metric, by `params.model`, `tags.owner`, `attributes.status` or `metrics.auc`. */
export function fieldOf(run: Run, field: string): string | number | undefined {
  const dot = field.indexOf('.')
  const kind = field.slice(0, dot)
  const key = field.slice(dot + 1)
  if (kind === 'metrics') {
    const value = run.data.metrics?.find((one) => one.key === key)?.value
    return value === undefined ? undefined : Number(value)
  }
  if (kind === 'params') return run.data.params?.find((one) => one.key === key)?.value
  if (kind === 'tags') return run.data.tags?.find((one) => one.key === key)?.value
  const { info } = run
  switch (key) {
    case 'status': return info.status
    case 'run_name': return info.run_name
    case 'start_time': return Number(info.start_time)
    case 'duration': return info.end_time === undefined ? undefined : (Number(info.end_time) - Number(info.start_time)) / 1000
    default: return undefined
  }
}

/** Params and tags by which these runs can be grouped: not the same in all, and not another text in each. */
export function groupFields(runs: readonly Run[]): string[] {
  const values = new Map<string, Set<string>>()
  for (const { data } of runs) {
    for (const [kind, pairs] of [['params', data.params ?? []], ['tags', (data.tags ?? []).filter(({ key }) => isTellingTag(key))]] as const) {
      for (const { key, value } of pairs) {
        const name = `${kind}.${key}`
        const known = values.get(name)
        if (known === undefined) values.set(name, new Set([value]))
        else known.add(value)
      }
    }
  }
  return [...values].filter(([, all]) => all.size > 1 && (all.size < Math.max(3, runs.length) || [...all].every((value) => numberOf(value) !== undefined))).map(([name]) => name).sort()
}

/** Lines of runs or groups; where some runs are selected, those of the others step back. */
export function drawnLines(lines: ReadonlyMap<string, Line>, runs: readonly DrawnRun[], groups: readonly DrawnGroup[] | undefined, band: BandKind, selected?: ReadonlySet<string>): DrawnLine[] {
  const isBack = (ids: readonly string[]): boolean => selected !== undefined && !ids.some((id) => selected.has(id))
  if (groups === undefined) return runs.map(({ id, name, look }) => ({ id, name, look, line: lines.get(id) ?? noLine, back: isBack([id]) }))
  return groups.map(({ id, name, look, members }) => {
    const own = members.map((member) => lines.get(member) ?? noLine)
    return { id, name, look, members: own, ...bandOf(own, band), back: isBack(members) }
  })
}

/** Of lines of a single point their values; of a group the mean of its runs'. */
export function singleValues(lines: ReadonlyMap<string, Line>, runs: readonly DrawnRun[], groups: readonly DrawnGroup[] | undefined, selected?: ReadonlySet<string>): (DrawnRun & { value: number; back: boolean })[] {
  const valueOf = (id: string): number[] => {
    const line = lines.get(id)
    const value = line?.y[0] ?? (line?.marks[0] === undefined ? undefined : Number(line.marks[0].value))
    return value === undefined ? [] : [value]
  }
  return (groups ?? runs).flatMap((one) => {
    const ids = 'members' in one ? (one as DrawnGroup).members : [one.id]
    const values = ids.flatMap(valueOf)
    return values.length === 0 ? [] : [{ ...one, value: mean(values), back: selected !== undefined && !ids.some((id) => selected.has(id)) }]
  })
}
