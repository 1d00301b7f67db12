import { randomUUID } from 'node:crypto'
import * as api from '@cairn/protocol'
import type { LiveSink } from '../live/index.ts'
import type { Database } from '../platform/db/index.ts'
import { route, type Context, type Route } from '../platform/http/index.ts'
import { accessOf } from '../users/index.ts'
import { authorOf, defaultWorkspace, workspaceOf } from '../workspaces/index.ts'
import { createEndpoint, deleteEndpoint, listEndpoints, modelOfEndpoint, readEndpoint, setTraffic, type Served } from './endpoints.ts'
import { endpointDrift, modelDrift, reportRows } from './drift.ts'
import { judgeRollout, promoteEndpoint, rollBackEndpoint } from './rollout.ts'
import { removeServer, reportServer } from './servers.ts'

export interface EndpointDeps {
  readonly db: Database
  readonly live?: LiveSink | undefined
  /** Told after each commit that may have put something into the webhooks' outbox. */
  readonly webhooks?: { wake(): void } | undefined
}

export function endpointRoutes({ db, live, webhooks }: EndpointDeps): Route[] {
  /** Names are looked up in the workspace of the request. */
  const here = ({ principal }: Context) => ({ workspace: workspaceOf(principal).id })
  const authored = (context: Context) => ({ ...here(context), author: authorOf(context) })
  /** For those who hear of it: where it happened, unless it is where everything is without workspaces. */
  const told = (context: Context) => (here(context).workspace === defaultWorkspace.id ? {} : here(context))

  /** Passes a change on, after those who follow the endpoint were told. */
  async function done(written: Promise<Served>, context: Context, change: string): Promise<Served> {
    const served = await written
    const { name, model_name, revision } = served.endpoint
    live?.publish({ type: 'endpoint', name, model_name, change, revision: Number(revision), ...told(context) })
    // It may have moved an alias, or noted the end of a rollout at its version.
    if (change !== 'created' && change !== 'traffic') live?.publish({ type: 'registry', name: model_name, change: 'alias', ...told(context) })
    webhooks?.wake()
    return served
  }

  const modelOf = async (name: string, context: Context): Promise<string> => await db.read(modelOfEndpoint, { ...here(context), name }) ?? ''

  return [
    route(api.createServingEndpoint, (input, context) => done(db.write(createEndpoint, { ...input, uid: randomUUID(), ...authored(context) }), context, 'created')),
    route(api.listServingEndpoints, (input, context) => db.scan(listEndpoints, { ...input, ...here(context), now: context.now(), visible: accessOf(context.principal)?.visible('registered_model') })),
    route(api.getServingEndpoint, ({ name }, context) => db.read(readEndpoint, { ...here(context), name, now: context.now() })),
    route(api.deleteServingEndpoint, async (input, context) => {
      const model = await modelOf(input.name, context)
      const answer = await db.write(deleteEndpoint, { ...input, ...authored(context) })
      live?.publish({ type: 'endpoint', name: input.name, model_name: model, change: 'deleted', ...told(context) })
      return answer
    }),
    route(api.setServingTraffic, (input, context) => done(db.write(setTraffic, { ...input, ...authored(context) }), context, 'traffic')),
    route(api.promoteServingEndpoint, (input, context) => done(db.write(promoteEndpoint, { ...input, ...authored(context) }), context, 'promoted')),
    route(api.rollBackServingEndpoint, (input, context) => done(db.write(rollBackEndpoint, { ...input, ...authored(context) }), context, 'rolled-back')),
    route(api.judgeServingRollout, (input, context) => done(db.write(judgeRollout, { ...input, ...authored(context) }), context, 'rollout')),
    route(api.reportEndpointServer, async (input, context) => {
      const model_name = await modelOf(input.name, context)
      // What it says may end in a promotion, so only who could promote is heard there.
      const aside = accessOf(context.principal)?.may([{ type: 'registered_model', id: model_name, action: 'update' }]) === false
      const answer = await db.write(reportServer, { ...input, ...here(context), now: context.now(), aside })
      live?.publish({ type: 'endpoint', name: input.name, model_name, change: 'report', ...told(context) })
      return answer
    }),
    route(api.reportServedRows, async (input, context) => {
      const answer = await db.write(reportRows, { ...input, ...here(context), now: context.now(), principal: context.principal.name, uids: input.versions.map(() => randomUUID()) })
      if (input.versions.some(({ counts, first }) => counts !== undefined || first !== undefined)) live?.publish({ type: 'endpoint', name: input.name, model_name: await modelOf(input.name, context), change: 'rows', ...told(context) })
      return answer
    }),
    route(api.getEndpointDrift, (input, context) => db.read(endpointDrift, { ...input, ...here(context), now: context.now() })),
    route(api.getModelDrift, (input, context) => db.scan(modelDrift, { ...input, ...here(context), now: context.now() })),
    route(api.removeEndpointServer, async (input, context) => {
      const answer = await db.write(removeServer, { ...input, ...here(context) })
      live?.publish({ type: 'endpoint', name: input.name, model_name: await modelOf(input.name, context), change: 'report', ...told(context) })
      return answer
    }),
  ]
}
