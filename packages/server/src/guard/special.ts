import { retentionTag } from '@cairn/protocol'
import type { Context } from '../platform/http/index.ts'
import { referenceIn } from '../registry/index.ts'
import { withUnseen } from '../runs/index.ts'
import type { Access } from '../users/index.ts'
import { mayOnRun, meets, type Checks, type Input } from './check.ts'
import { mayKeepAt, mayRegister } from './files.ts'
import type { Right, Verdict } from './right.ts'

type Special = Extract<Right, { who: 'special' }>

const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [])

/** What a few endpoints need beyond a resource that one of their fields names. */
export async function special({ rule, needs = [] }: Special, input: Input, access: Access, context: Context, checks: Checks): Promise<Verdict> {
  if (!await meets(needs, input, access, checks)) return false
  const { lookups, places } = checks
  switch (rule) {
    // The history of one model or endpoint is for whoever may read the model; all else for admins.
    case 'audit': {
      if (access.managesWorkspace) return true
      if (input['entity'] === 'endpoint') {
        const facts = await lookups.endpointFacts(text(input['entity_name']))
        if (facts === undefined || !access.may([{ type: 'registered_model', id: facts.model, action: 'read' }])) return false
        return { input: { ...input, entity_uid: facts.uid } }
      }
      const kind = isOfModels(input['entity']) ? await lookups.kindOf(text(input['entity_name'])) : undefined
      if (kind === undefined || !access.may([{ type: kind.prompt ? 'prompt' : 'registered_model', id: text(input['entity_name']), action: 'read' }])) return false
      // Others that once had the name are none of the caller's business.
      return { input: { ...input, entity_uid: kind.uid } }
    }
    // Runs and experiments that are named must be readable; of what else happens each event is looked at.
    case 'live': return meets([
      { on: 'run', action: 'read', by: 'run_ids', optional: true }, ...experimentsNamed(input),
    ], { ...input, ...keyed(input) }, access, checks)
    case 'presigned-upload': {
      const [run, model] = [text(input['run_id']), text(input['model_id'])]
      // The handler says that it must be exactly one.
      if ((run === '') === (model === '')) return true
      return meets([run !== '' ? { on: 'run', action: 'update', by: 'run_id' } : { on: 'logged-model', action: 'update', by: 'model_id' }], input, access, checks)
    }
    case 'change-runs': {
      const change = text(input['change'])
      const action = change === 'delete' || change === 'restore' || change === 'move' ? 'delete' : 'update'
      const others = change === 'move' ? [{ on: 'new-in-experiment', type: 'run', by: 'experiment_id' } as const] : []
      if (input['skip_gone'] !== true) return meets([{ on: 'run', action, by: 'run_ids' }, ...others], input, access, checks)
      // What is gone is left out, and so is what the caller may not see: it is answered alike. One that may be seen and not changed refuses all.
      const ids = texts(input['run_ids'])
      const experiments = await lookups.runExperiments(ids)
      const unseen = ids.filter((_, at) => !mayOnRun(experiments[at], 'read', access))
      const changeable = ids.every((_, at) => !mayOnRun(experiments[at], 'read', access) || mayOnRun(experiments[at], action, access))
      return changeable && await meets(others, input, access, checks) && { input: withUnseen(input, unseen) }
    }
    case 'change-experiments': {
      const changes = Array.isArray(input['changes']) ? input['changes'] as Input[] : []
      const needed = changes.flatMap((change, index) => [
        ...(change['stage'] === undefined ? [] : [{ on: 'whole-experiment', action: 'delete', by: `change ${index}` } as const]),
        ...(tagsIn(change).some(keeps) ? [{ on: 'experiment', action: 'delete', by: `change ${index}` } as const] : []),
        { on: 'experiment', action: 'update', by: `change ${index}` } as const,
      ])
      return meets(needed, Object.fromEntries(changes.map((change, index) => [`change ${index}`, text(change['experiment_id'])])), access, checks)
    }
    case 'experiment-tag': return !keeps(input['key']) || meets([{ on: 'experiment', action: 'delete', by: 'experiment_id' }], input, access, checks)
    case 'new-location': {
      const location = text(input['artifact_location'])
      return location === '' || mayKeepAt(location, context.host, access, places, lookups)
    }
    case 'source': {
      const source = text(input['source'])
      const reference = referenceIn(source)
      if (reference === undefined) return mayRegister(source, context.host, access, places, lookups)
      // A copy shows what its original shows; the run and the logged model behind that one are no matter.
      return 'name' in reference
        ? meets([{ on: 'version', action: 'read', by: 'name' }], { name: reference.name }, access, checks)
        : meets([{ on: 'logged-model', action: 'read', by: 'model_id' }], { model_id: reference.model_id }, access, checks)
    }
  }
}

/** Where it is not said, a name is taken for a model's. */
const isOfModels = (entity: unknown): boolean => entity === undefined || entity === 'registered_model' || entity === 'model_version'

/** Whoever may not delete for a while does not decide when it is for good. */
const keeps = (key: unknown): boolean => key === retentionTag
const tagsIn = ({ set_tags, delete_tags }: Input): unknown[] => [...(Array.isArray(set_tags) ? (set_tags as Input[]).map(({ key }) => key) : []), ...(Array.isArray(delete_tags) ? delete_tags : [])]

const idsOf = (input: Input): string[] => (Array.isArray(input['experiment_ids']) ? input['experiment_ids'] as string[] : [])
const experimentsNamed = (input: Input) => idsOf(input).map((_, index) => ({ on: 'experiment', action: 'read', by: `experiment ${index}` }) as const)
const keyed = (input: Input): Input => Object.fromEntries(idsOf(input).map((id, index) => [`experiment ${index}`, id]))
