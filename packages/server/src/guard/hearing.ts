import type { LiveEvent } from '../live/index.ts'
import type { Access } from '../users/index.ts'
import { defaultWorkspace } from '../workspaces/index.ts'
import type { AllLookups } from './lookups.ts'

/** Whether somebody may hear of an event; undefined for everything. `access` is asked for each, so that what was taken back counts. */
export function hearing(access: () => Access | undefined): (event: LiveEvent) => boolean {
  return (event) => {
    const now = access()
    if (now === undefined) return false
    if (now.isAdmin) return true
    switch (event.type) {
      case 'registry': return heardModel(now, event)
      case 'comment': case 'presence': return event.name === undefined ? heardComment(now, event) : now.canRead('prompt', event.name) && now.canRead('registered_model', event.name)
      case 'endpoint': return now.canRead('registered_model', event.model_name)
      case 'experiment': case 'view': return now.canRead('experiment', event.experiment_id)
      case 'logged-model': return now.canRead('experiment', event.experiment_id) && tier(now, 'logged_model', event.experiment_id)
      // Where it is not known whose a file is, only admins hear of it.
      case 'artifact': return event.experiment_id !== undefined && now.canRead('experiment', event.experiment_id) && tier(now, event.model_id === undefined ? 'run' : 'logged_model', event.experiment_id)
      default: return now.canRead('experiment', event.experiment_id) && tier(now, 'run', event.experiment_id)
    }
  }
}

/** On a panel it belongs to the experiment, on a run to the run. */
const heardComment = (access: Access, { experiment_id, run_id }: Extract<LiveEvent, { type: 'comment' | 'presence' }>): boolean =>
  experiment_id !== undefined && access.canRead('experiment', experiment_id) && (run_id === undefined || tier(access, 'run', experiment_id))

/** Whether an event is of a workspace. The experiments that events name were looked up before events are handed on. */
export const heardIn = (workspace: number, lookups: AllLookups) => (event: LiveEvent): boolean => {
  if (event.type === 'registry' || event.type === 'endpoint' || ((event.type === 'comment' || event.type === 'presence') && event.name !== undefined)) return (event.workspace ?? defaultWorkspace.id) === workspace
  return event.experiment_id !== undefined && lookups.knownWorkspace(event.experiment_id) === workspace
}

const tier = (access: Access, type: 'run' | 'logged_model', experiment: string): boolean =>
  access.may([{ type, id: '*', action: 'read', otherwise: [{ type: 'experiment', id: experiment }] }])

/** Of a model that is gone nobody knows whether it was a prompt, so it must be readable as either. */
function heardModel(access: Access, { name, prompt }: Extract<LiveEvent, { type: 'registry' }>): boolean {
  if (prompt !== undefined) return access.canRead(prompt ? 'prompt' : 'registered_model', name)
  return access.canRead('prompt', name) && access.canRead('registered_model', name)
}
