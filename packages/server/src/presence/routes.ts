import { announcePresence, invalid } from '@cairn/protocol'
import type { LiveSink } from '../live/index.ts'
import { route, type Route } from '../platform/http/index.ts'
import { accessOf } from '../users/index.ts'
import { defaultWorkspace, workspaceOf } from '../workspaces/index.ts'

export interface PresenceDeps {
  readonly live: LiveSink
  /** The experiment of a run, by which is decided who hears of it. */
  experimentOf(runId: string): Promise<string | undefined>
}

const longest = { viewer: 40, state: 8000, name: 100 } as const

/** Passes on who looks at a page; nothing is kept here. */
export function presenceRoutes({ live, experimentOf }: PresenceDeps): Route[] {
  return [
    route(announcePresence, async (input, { principal }) => {
      const { run_id, name, version, viewer, change, follows, state, turn, by } = input
      if ([run_id, input.experiment_id, name].filter(Boolean).length !== 1) throw invalid('Say what the page shows: run_id, or experiment_id, or name.')
      if (!/^[\w-]+$/.test(viewer) || viewer.length > longest.viewer) throw invalid(`A viewer is named by 1 to ${longest.viewer} letters, digits and "-".`)
      // An address of this page and no other: who follows goes there.
      if (state !== undefined && (state.length > longest.state || !/^\/(?![/\\])/.test(state))) throw invalid(`A state is a path of at most ${longest.state} characters.`)
      const experiment_id = input.experiment_id ?? (run_id ? await experimentOf(run_id) : undefined)
      const person = accessOf(principal) === undefined ? by?.trim().slice(0, longest.name) ?? '' : principal.name
      live.publish({
        type: 'presence', viewer, person, change, ...(run_id && { run_id }), ...(experiment_id && { experiment_id }), ...(name && { name }), ...(name && version && { version }),
        ...(name && workspaceOf(principal).id !== defaultWorkspace.id && { workspace: workspaceOf(principal).id }),
        ...(follows && { follows: follows.slice(0, longest.viewer) }), ...(state !== undefined && { state }), ...(turn !== undefined && { turn: Number(turn) }),
      })
      return {}
    }),
  ]
}
