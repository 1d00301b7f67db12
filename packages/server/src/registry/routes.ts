import { randomUUID } from 'node:crypto'
import * as api from '@cairn/protocol'
import { limits } from '@cairn/protocol'
import { checkLength } from '../names/index.ts'
import type { LiveSink } from '../live/index.ts'
import type { Database } from '../platform/db/index.ts'
import { route, type Context, type Route } from '../platform/http/index.ts'
import { accessOf, type Access } from '../users/index.ts'
import { authorOf, defaultWorkspace, workspaceOf } from '../workspaces/index.ts'
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
  /** Names are looked up in the workspace of the request. */
  const here = ({ principal }: Context) => ({ workspace: workspaceOf(principal).id })
  const authored = (context: Context) => ({ ...here(context), author: authorOf(context) })

  /** Passes a write's answer on, after those who wait for changes were told. */
  async function done<T>(written: Promise<T>, { workspace }: { workspace: number }, change: string, name: string, version?: string): Promise<T> {
    const answer = await written
    const prompt = deps.accounts === true ? (await db.read(operations.kindOf, { workspace, name }))?.prompt : undefined
    deps.live?.publish({ type: 'registry', ...(prompt !== undefined && { prompt }), name, change, ...(version !== undefined && { version }), ...(workspace !== defaultWorkspace.id && { workspace }) })
    deps.webhooks?.wake()
    return answer
  }

  const latest = (input: { name: string; stages?: string[] }, context: Context) => db.read(operations.getLatest, { ...input, ...here(context) })

  return [
    route(api.createRegisteredModel, async (input, context) => ({
      registered_model: await done(db.write(operations.createModel, { ...input, uid: randomUUID(), ...authored(context), owner: accessOf(context.principal)?.userId }), here(context), 'created', input.name),
    })),
    route(api.getRegisteredModel, async (input, context) => ({ registered_model: await db.read(operations.getModel, { ...input, ...here(context) }) })),
    route(api.updateRegisteredModel, async (input, context) => ({
      registered_model: await done(db.write(operations.updateModel, { ...input, ...authored(context) }), here(context), 'updated', input.name),
    })),
    route(api.renameRegisteredModel, async (input, context) => {
      const registered_model = await db.write(operations.renameModel, { ...input, ...authored(context) })
      await done(Promise.resolve(), here(context), 'renamed', input.name)
      return { registered_model: await done(Promise.resolve(registered_model), here(context), 'renamed', input.new_name) }
    }),
    route(api.deleteRegisteredModel, (input, context) => done(db.write(operations.deleteModel, { ...input, ...authored(context) }), here(context), 'deleted', input.name)),
    route(api.searchRegisteredModels, (input, context) => db.scan(operations.searchModels, { ...input, ...here(context), visible: visibleModels(accessOf(context.principal)) })),
    route(api.setRegisteredModelTag, (input, context) => done(db.write(operations.setModelTag, { ...input, ...authored(context) }), here(context), 'tags', input.name)),
    route(api.deleteRegisteredModelTag, (input, context) => done(db.write(operations.deleteModelTag, { ...input, ...authored(context) }), here(context), 'tags', input.name)),

    route(api.createModelVersion, async (input, context) => {
      // Before it is taken apart: to undo the encodings of a long one would take the square of its length.
      checkLength('source', input.source, limits.modelSourceLength)
      checkSourceText(input.source, saysPrompt(tagsByKey(input.tags)), deps.sources)
      const model_version = await db.write(operations.createVersion, { ...input, ...authored(context) })
      return { model_version: await done(Promise.resolve(model_version), here(context), 'created', input.name, model_version.version) }
    }),
    route(api.getModelVersion, async (input, context) => ({ model_version: await db.read(operations.getVersion, { ...input, ...here(context) }) })),
    route(api.getModelVersionDownloadUri, (input, context) => db.read(operations.getDownloadUri, { ...input, ...here(context) })),
    route(api.updateModelVersion, async (input, context) => ({
      model_version: await done(db.write(operations.updateVersion, { ...input, ...authored(context) }), here(context), 'updated', input.name, input.version),
    })),
    route(api.transitionModelVersionStage, async (input, context) => ({
      model_version: await done(db.write(operations.transitionStage, { ...input, ...authored(context) }), here(context), 'stage', input.name, input.version),
    })),
    route(api.deleteModelVersion, (input, context) => done(db.write(operations.deleteVersion, { ...input, ...authored(context) }), here(context), 'deleted', input.name, input.version)),
    route(api.searchModelVersions, (input, context) => db.scan(operations.searchVersions, { ...input, ...here(context), visible: visibleVersions(accessOf(context.principal)) })),
    route(api.setModelVersionTag, (input, context) => done(db.write(operations.setVersionTag, { ...input, ...authored(context) }), here(context), 'tags', input.name, input.version)),
    route(api.deleteModelVersionTag, (input, context) => done(db.write(operations.deleteVersionTag, { ...input, ...authored(context) }), here(context), 'tags', input.name, input.version)),
    route(api.getVersionProfile, (input, context) => db.read(operations.getProfile, { ...input, ...here(context) })),
    route(api.setVersionProfile, (input, context) => done(db.write(operations.setProfile, { ...input, ...authored(context), uid: randomUUID() }), here(context), 'profile', input.name, input.version)),
    route(api.deleteVersionProfile, (input, context) => done(db.write(operations.deleteProfile, { ...input, ...authored(context) }), here(context), 'profile', input.name, input.version)),
    route(api.getLatestVersions, latest),
    route(api.getLatestVersionsGet, latest),

    route(api.setRegisteredModelAlias, (input, context) => done(db.write(operations.setAlias, { ...input, ...authored(context) }), here(context), 'alias', input.name, input.version)),
    route(api.deleteRegisteredModelAlias, (input, context) => done(db.write(operations.deleteAlias, { ...input, ...authored(context) }), here(context), 'alias', input.name)),
    route(api.getModelVersionByAlias, (input, context) => db.read(operations.getByAlias, { ...input, ...here(context) })),
    route(api.rollbackAlias, (input, context) => done(db.write(operations.rollbackAlias, { ...input, ...authored(context) }), here(context), 'alias', input.name)),
    route(api.rollbackStage, (input, context) => done(db.write(operations.rollbackStage, { ...input, ...authored(context) }), here(context), 'stage', input.name, input.version)),
  ]
}

/** Models and prompts are granted apart. */
const visibleModels = (access: Access | undefined) => access && { models: access.visible('registered_model'), prompts: access.visible('prompt') }

const visibleVersions = (access: Access | undefined) =>
  access && { models: access.visible('registered_model', 'registered_model_version'), prompts: access.visible('prompt', 'prompt_version') }
