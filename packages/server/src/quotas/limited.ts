import type { QuotaKind } from '@cairn/protocol'
import type { Context, Route } from '../platform/http/index.ts'
import { workspaceOf } from '../workspaces/index.ts'
import type { Admission, QuotaKeeper } from './keeper.ts'

type Input = Readonly<Record<string, unknown>>

/** What a request of an endpoint adds to its workspace. Files are admitted by the slice that stores them. */
const adds: Readonly<Record<string, readonly [kind: QuotaKind, amount: (input: Input) => number]>> = {
  createRun: ['runs', () => 1],
  createExperiment: ['experiments', () => 1],
  createRegisteredModel: ['registered_models', () => 1],
  logMetric: ['points', () => 1],
  logBatch: ['points', ({ metrics }) => (Array.isArray(metrics) ? metrics.length : 0)],
}

/** The routes, those that add something behind the limits of the workspace that they are called in. */
export function limited(routes: readonly Route[], keeper: Pick<QuotaKeeper, 'admit'>): Route[] {
  return routes.map((route) => {
    const rule = adds[route.endpoint.name]
    if (rule === undefined) return route
    const [kind, amountOf] = rule
    const answer = route.handle as (input: Input, context: Context) => unknown
    const finish = async (admission: Admission | Promise<Admission>, input: Input, context: Context): Promise<unknown> => {
      using admitted = await admission
      const answered = await answer(input, context)
      admitted.done()
      return answered
    }
    return {
      endpoint: route.endpoint,
      handle: ((input: Input, context: Context): unknown => {
        const amount = amountOf(input)
        if (amount === 0) return answer(input, context)
        const admission = keeper.admit(workspaceOf(context.principal), kind, amount)
        // Without a limit nothing stands between: logging is the hot path.
        return 'left' in admission && admission.left === Infinity ? answer(input, context) : finish(admission, input, context)
      }) as Route['handle'],
    }
  })
}
