import { invalid, overviewLimits, type RequestOf, type ResponseOf, type getHome } from '@cairn/protocol'
import { read, type Reader } from '../platform/db/index.ts'
import type { Visibility } from '../users/index.ts'
import { experimentLines, runningByExperiment } from './experiments-view.ts'
import { activity, summaries, type Seen } from './experiments.ts'
import { failedRuns, movedAliases, runningRuns } from './home-view.ts'

type Request = RequestOf<typeof getHome> & Seen & { readonly models: Visibility | undefined; readonly now: number }

const dayMs = 86_400_000

/** What goes on, in one answer. */
export const home = read('overview.home', async (tx: Reader, input: Request): Promise<ResponseOf<typeof getHome>> => {
  const { runs, models, now, since = now - dayMs, max_results: limit = 12 } = input
  if (limit < 1 || limit > overviewLimits.home) throw invalid(`max_results must be between 1 and ${overviewLimits.home}. Got ${limit}.`)
  const lines = await experimentLines(tx, 'active', input, runs, now)
  const running = runs ? await runningByExperiment(tx) : new Map<number, number>()
  const recent = lines.toSorted((a, b) => activity(b) - activity(a) || b.id - a.id).slice(0, limit)
  return {
    running: runs ? await runningRuns(tx, input, limit) : [], running_total: lines.reduce((sum, { id }) => sum + (running.get(id) ?? 0), 0),
    recent: await summaries(tx, recent, 'active', running, runs), experiments_total: lines.length,
    moved: await movedAliases(tx, { workspace: input.workspace, visible: models }, limit),
    ...(runs ? await failedRuns(tx, input, since, limit) : { failed: [], failed_total: 0 }),
    now,
  }
})
