import { invalid, overviewLimits, type RequestOf, type ResponseOf, type getHome } from '@cairn/protocol'
import { read, type Reader } from '../platform/db/index.ts'
import type { Visibility } from '../users/index.ts'
import { experimentLines, runningByExperiment } from './experiments-view.ts'
import { activity, summaries, type Seen } from './experiments.ts'
import { failedRuns, movedAliases, runningRuns } from './home-view.ts'

type Request = RequestOf<typeof getHome> & Seen & { readonly models: Visibility | undefined; readonly now: number }

const dayMs = 86_400_000
/** Experiments that are named: an address holds no more. */
const namedExperiments = 100

/** What goes on, in one answer. */
export const home = read('overview.home', async (tx: Reader, input: Request): Promise<ResponseOf<typeof getHome>> => {
  const { runs, models, now, since = now - dayMs, max_results: limit = 12 } = input
  if (limit < 1 || limit > overviewLimits.home) throw invalid(`max_results must be between 1 and ${overviewLimits.home}. Got ${limit}.`)
  const lines = await experimentLines(tx, 'active', input, runs, now)
  const running = runs ? await runningByExperiment(tx) : new Map<number, number>()
  const latest = lines.toSorted((a, b) => activity(b) - activity(a) || b.id - a.id)
  const recent = latest.slice(0, limit)
  return {
    running: runs ? await runningRuns(tx, input, now, limit) : [], running_total: lines.reduce((sum, { id }) => sum + (running.get(id) ?? 0), 0),
    running_experiments: latest.filter(({ id }) => running.has(id)).slice(0, namedExperiments).map(({ id }) => String(id)),
    recent: await summaries(tx, recent, 'active', running, runs), experiments_total: lines.length,
    moved: await movedAliases(tx, { workspace: input.workspace, visible: models }, limit),
    ...(runs ? await failedRuns(tx, input, since, limit, namedExperiments) : { failed: [], failed_total: 0, failed_experiments: [] }),
    now,
  }
})
