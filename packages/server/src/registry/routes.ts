import { randomUUID } from 'node:crypto'
import * as api from '@cairn/protocol'
import type { LiveSink } from '../live/index.ts'
import type { Database } from '../platform/db/index.ts'
import { route, type Context, type Route } from '../platform/http/index.ts'
import { accessOf, type Access } from '../users/index.ts'
import { saysPrompt, tagsByKey } from './names.ts'
import type { RegistryOperations } from './operations.ts'
import { checkSourceText, type SourceRules } from './source.ts'

export interface RegistryDeps {
  readonly db: Database
  readonly operations: RegistryOperations
  readonly sources: SourceRules
  readonly live?: LiveSink | undefined
  /** Whether events must say what their hearers need to be allowed. */
  readonly accounts?: boolean
  /** Told after each commit that may have put something into the webhooks' outbox. */
  readonly webhooks?: { wake(): void } | undefined
}

export function registryRoutes(deps: RegistryDeps): Route[] {
  const { db, operations } = deps
  const author = (context: Context) => ({ principal: context.principal.name, now: context.now() })

  /** Passes a write's answer on, after those who wait for changes were told. */
  async function done<T>(written: Promise<T>, change: string, name: string, version?: string): Promise<T> {
    const answer = await written
    const prompt = deps.accounts === true ? (await db.read(operations.kindOf, { name }))?.prompt : undefined
    deps.live?.publish({ type: 'registry', ...(prompt !== undefined && { prompt }), name, change, ...(version !== undefined && { version }) })
    deps.webhooks?.wake()
    return answer
  }

  const latest = (input: { name: string; stages?: string[] }) => db.read(operations.getLatest, input)

  return [
    route(api.createRegisteredModel, async (input, context) => ({
      registered_model: await done(db.write(operations.createModel, { ...input, uid: randomUUID(), author: author(context), owner: accessOf(context.principal)?.userId }), 'created', input.name),
    })),
    route(api.getRegisteredModel, async (input) => ({ registered_model: await db.read(operations.getModel, input) })),
    route(api.updateRegisteredModel, async (input, context) => ({
      registered_model: await done(db.write(operations.updateModel, { ...input, author: author(context) }), 'updated', input.name),
    })),
    route(api.renameRegisteredModel, async (input, context) => {
      const registered_model = await db.write(operations.renameModel, { ...input, author: author(context) })
      await done(Promise.resolve(), 'renamed', input.name)
      return { registered_model: await done(Promise.resolve(registered_model), 'renamed', input.new_name) }
    }),
    route(api.deleteRegisteredModel, (input, context) => done(db.write(operations.deleteModel, { ...input, author: author(context) }), 'deleted', input.name)),
    route(api.searchRegisteredModels, (input, { principal }) => db.scan(operations.searchModels, { ...input, visible: visibleModels(accessOf(principal)) })),
    route(api.setRegisteredModelTag, (input, context) => done(db.write(operations.setModelTag, { ...input, author: author(context) }), 'tags', input.name)),
    route(api.deleteRegisteredModelTag, (input, context) => done(db.write(operations.deleteModelTag, { ...input, author: author(context) }), 'tags', input.name)),

    route(api.createModelVersion, async (input, context) => {
      checkSourceText(input.source, saysPrompt(tagsByKey(input.tags)), deps.sources)
      const model_version = await db.write(operations.createVersion, { ...input, author: author(context) })
      return { model_version: await done(Promise.resolve(model_version), 'created', input.name, model_version.version) }
    }),
    route(api.getModelVersion, async (input) => ({ model_version: await db.read(operations.getVersion, input) })),
    route(api.getModelVersionDownloadUri, (input) => db.read(operations.getDownloadUri, input)),
    route(api.updateModelVersion, async (input, context) => ({
      model_version: await done(db.write(operations.updateVersion, { ...input, author: author(context) }), 'updated', input.name, input.version),
    })),
    route(api.transitionModelVersionStage, async (input, context) => ({
      model_version: await done(db.write(operations.transitionStage, { ...input, author: author(context) }), 'stage', input.name, input.version),
    })),
    route(api.deleteModelVersion, (input, context) => done(db.write(operations.deleteVersion, { ...input, author: author(context) }), 'deleted', input.name, input.version)),
    route(api.searchModelVersions, (input, { principal }) => db.scan(operations.searchVersions, { ...input, visible: visibleVersions(accessOf(principal)) })),
    route(api.setModelVersionTag, (input, context) => done(db.write(operations.setVersionTag, { ...input, author: author(context) }), 'tags', input.name, input.version)),
    route(api.deleteModelVersionTag, (input, context) => done(db.write(operations.deleteVersionTag, { ...input, author: author(context) }), 'tags', input.name, input.version)),
    route(api.getLatestVersions, latest),
    route(api.getLatestVersionsGet, latest),

    route(api.setRegisteredModelAlias, (input, context) => done(db.write(operations.setAlias, { ...input, author: author(context) }), 'alias', input.name, input.version)),
    route(api.deleteRegisteredModelAlias, (input, context) => done(db.write(operations.deleteAlias, { ...input, author: author(context) }), 'alias', input.name)),
    route(api.getModelVersionByAlias, (input) => db.read(operations.getByAlias, input)),
    route(api.rollbackAlias, (input, context) => done(db.write(operations.rollbackAlias, { ...input, author: author(context) }), 'alias', input.name)),
    route(api.rollbackStage, (input, context) => done(db.write(operations.rollbackStage, { ...input, author: author(context) }), 'stage', input.name, input.version)),
  ]
}

/** Models and prompts are granted apart. */
const visibleModels = (access: Access | undefined) => access && { models: access.visible('registered_model'), prompts: access.visible('prompt') }

const visibleVersions = (access: Access | undefined) =>
  access && { models: access.visible('registered_model', 'registered_model_version'), prompts: access.visible('prompt', 'prompt_version') }
