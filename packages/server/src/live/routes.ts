import { invalid, live, liveTypes } from '@cairn/protocol'
import { Reply, route, type Context, type Route } from '../platform/http/index.ts'
import type { LiveEvent } from './events.ts'
import type { LiveHub } from './hub.ts'

const most = 1000

/** What a caller may hear of; undefined for everything. */
export type Hearing = (context: Context) => ((event: LiveEvent) => boolean) | undefined

export function liveRoutes(hub: LiveHub, hearing: Hearing = () => undefined): Route[] {
  return [
    route(live, ({ run_ids, experiment_ids, types, everywhere, last_event_id, most_missed }, context) => {
      const unknown = [...types ?? [], ...everywhere ?? []].find((type) => !(liveTypes as readonly string[]).includes(type))
      if (unknown !== undefined) throw invalid(`'${unknown.slice(0, 40)}' is no type of live event. Choose from: ${liveTypes.join(', ')}.`)
      if ((run_ids?.length ?? 0) > most || (experiment_ids?.length ?? 0) > most) throw invalid(`A live stream follows at most ${most} runs and ${most} experiments. Ask for their experiments instead.`)
      const header = context.headers['last-event-id']
      const last = typeof header === 'string' && header !== '' ? header : last_event_id
      return new Reply({
        headers: { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store', 'x-accel-buffering': 'no' },
        body: hub.subscribe({ runs: setOf(run_ids), experiments: setOf(experiment_ids), types: setOf(types), everywhere: setOf(everywhere), allowed: hearing(context) }, last, context.signal, most_missed),
      })
    }),
  ]
}

const setOf = (values: readonly string[] | undefined): ReadonlySet<string> | undefined =>
  (values === undefined || values.length === 0 ? undefined : new Set(values))
