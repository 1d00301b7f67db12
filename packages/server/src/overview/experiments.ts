import { invalid, overviewLimits, type ExperimentFolder, type ExperimentOrder, type ExperimentSummary, type RequestOf, type ResponseOf, type listExperimentOverview } from '@cairn/protocol'
import { read, type Reader } from '../platform/db/index.ts'
import { countFailed, countRuns, experimentLines, experimentsWithTag, runningByExperiment, textsOf, trendsOf, type ExperimentLine, type Where } from './experiments-view.ts'
import { childOf, placeIn } from './folders.ts'

export interface Seen extends Where {
  /** Whether the caller may see anything of runs. */
  readonly runs: boolean
}

type Request = RequestOf<typeof listExperimentOverview> & Seen & { readonly now: number }

interface Folder {
  readonly name: string
  readonly lines: ExperimentLine[]
}

const byName = new Intl.Collator('en', { numeric: true }).compare
export const activity = ({ updated, ran }: ExperimentLine): number => Math.max(updated, ran)
const latest = (lines: readonly ExperimentLine[], of: (line: ExperimentLine) => number): number => lines.reduce((most, line) => Math.max(most, of(line)), 0)

/** A window of experiments, as one list or of one level of the tree. */
export const experimentWindow = read('overview.experiments', async (tx: Reader, input: Request): Promise<ResponseOf<typeof listExperimentOverview>> => {
  const { stage = 'active', words = [], tags = [], tree = false, folder = '', order = 'activity', reverse = false, offset = 0, max_results: limit = 100 } = input
  if (limit < 1 || limit > overviewLimits.rows) throw invalid(`max_results must be between 1 and ${overviewLimits.rows}. Got ${limit}.`)
  if (offset < 0) throw invalid(`offset must not be negative. Got ${offset}.`)
  if (words.length + tags.length > overviewLimits.words) throw invalid(`At most ${overviewLimits.words} words and tags can be searched for. Got ${words.length + tags.length}.`)
  const all = await experimentLines(tx, stage, input, input.runs, input.now)
  const found = await fitting(tx, all, words, tags)
  const running = input.runs && stage === 'active' ? await runningByExperiment(tx) : new Map<number, number>()
  const sum = (lines: readonly ExperimentLine[]): number => lines.reduce((total, { id }) => total + (running.get(id) ?? 0), 0)

  const inside = folder === '' ? found : found.filter(({ name }) => placeIn(folder, name) !== undefined)
  const folders = new Map<string, Folder>()
  const single: ExperimentLine[] = []
  for (const line of inside) {
    const child = tree ? childOf(folder, line.name) : undefined
    if (child === undefined) single.push(line)
    else {
      const known = folders.get(child)
      if (known === undefined) folders.set(child, { name: child, lines: [line] })
      else known.lines.push(line)
    }
  }
  const counts = order === 'runs' && input.runs ? await countRuns(tx, inside.map(({ id }) => id), stage) : undefined
  const sign = reverse ? -1 : 1
  const folderLines = [...folders.values()].sort((a, b) => sign * compareFolders(order, counts, a, b))
  const lines = single.sort((a, b) => sign * compareLines(order, counts, a, b))

  const shownFolders = folderLines.slice(offset, offset + limit)
  const from = Math.max(0, offset - folderLines.length)
  const shown = lines.slice(from, from + limit - shownFolders.length)
  return {
    folders: shownFolders.map(({ name, lines: own }): ExperimentFolder => ({ path: folder === '' ? name : `${folder}/${name}`, experiments: own.length, running: sum(own), last_activity: latest(own, activity) })),
    experiments: await summaries(tx, shown, stage, running, input.runs),
    total: folderLines.length + lines.length, found: inside.length, running: sum(inside), all: all.length,
  }
})

async function fitting(tx: Reader, all: readonly ExperimentLine[], words: readonly string[], tags: readonly { readonly key: string; readonly value?: string }[]): Promise<ExperimentLine[]> {
  const tagged: Set<number>[] = []
  for (const { key, value } of tags) tagged.push(await experimentsWithTag(tx, key, value))
  const wanted = words.map((word) => word.toLowerCase())
  if (wanted.length + tagged.length === 0) return [...all]
  return all.filter(({ id, name }) => {
    const lower = name.toLowerCase()
    return wanted.every((word) => lower.includes(word)) && tagged.every((ids) => ids.has(id))
  })
}

type Counts = ReadonlyMap<number, number> | undefined

function compareLines(order: ExperimentOrder, counts: Counts, a: ExperimentLine, b: ExperimentLine): number {
  switch (order) {
    case 'name': return byName(a.name, b.name) || a.id - b.id
    case 'created': return b.created - a.created || b.id - a.id
    case 'runs': return (counts?.get(b.id) ?? 0) - (counts?.get(a.id) ?? 0) || b.id - a.id
    case 'activity': return activity(b) - activity(a) || b.id - a.id
  }
}

function compareFolders(order: ExperimentOrder, counts: Counts, a: Folder, b: Folder): number {
  const runs = ({ lines }: Folder): number => lines.reduce((sum, { id }) => sum + (counts?.get(id) ?? 0), 0)
  switch (order) {
    case 'name': return byName(a.name, b.name)
    case 'created': return latest(b.lines, ({ created }) => created) - latest(a.lines, ({ created }) => created) || byName(a.name, b.name)
    case 'runs': return runs(b) - runs(a) || byName(a.name, b.name)
    case 'activity': return latest(b.lines, activity) - latest(a.lines, activity) || byName(a.name, b.name)
  }
}

/** What is shown of each: counts, tags, notes, the trend. Only for those in the window. */
export async function summaries(tx: Reader, lines: readonly ExperimentLine[], stage: 'active' | 'deleted', running: ReadonlyMap<number, number>, withRuns: boolean): Promise<ExperimentSummary[]> {
  const ids = lines.map(({ id }) => id)
  const texts = await textsOf(tx, ids)
  const runs = withRuns ? await countRuns(tx, ids, stage) : undefined
  const alive = withRuns && stage === 'active'
  const failed = alive ? await countFailed(tx, ids) : undefined
  const trends = alive ? await trendsOf(tx, ids, texts) : undefined
  return lines.map((line) => {
    const { tags, note } = texts.get(line.id)!
    const trend = trends?.get(line.id)
    return {
      experiment_id: String(line.id), name: line.name, creation_time: line.created, last_update_time: line.updated, last_activity: activity(line),
      runs: runs?.get(line.id) ?? 0, running: running.get(line.id) ?? 0, failed: failed?.get(line.id) ?? 0, tags,
      ...(note !== undefined && note !== '' && { note }), ...(trend !== undefined && { trend }),
    }
  })
}
