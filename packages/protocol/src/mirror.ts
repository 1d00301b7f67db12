import { endpoint } from './endpoint.ts'
import { answer, Bool, Empty, Int64, List, Str, type Static } from './schema.ts'

/** How the mirror goes: whether another server has what is here. */
export const MirrorStatus = answer({
  /** Whether there is one (`--mirror-to`). */
  enabled: Bool,
}, {
  url: Str,
  /** When everything was there, in milliseconds since the epoch; looked at again all the time. */
  in_step_time: Int64,
  /** When something was sent. */
  sent_time: Int64,
  /** Since when nothing can be sent, and why. */
  away_since: Int64,
  away_because: Str,
  /** Runs and models whose files wait. */
  files_waiting: Int64,
  /** Things that the server there does not take as they are. */
  refused: Int64,
  /** Some of them. */
  problems: List(answer({ kind: Str, id: Str, problem: Str })),
})
export type MirrorStatus = Static<typeof MirrorStatus>

export const getMirror = endpoint({
  name: 'getMirror', method: 'GET', api: 'cairn', path: '/mirror', group: 'mirror',
  summary: 'Whether everything that is written here is on the server that it is mirrored to; for admins.', request: Empty, response: MirrorStatus,
})

export const mirrorEndpoints = [getMirror] as const
