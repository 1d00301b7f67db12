import { endpoint } from './endpoint.ts'
import { Empty, Enum, Int32, message, Str } from './schema.ts'

/** `ask`: has come, and asks who else is there; `here`: is there, perhaps with what it shows; `left`: has gone. */
export const presenceChanges = ['ask', 'here', 'left'] as const

/**
 * Says to whoever looks at the same page that one is there too. It goes out on the live stream as an event
 * `presence`, is kept nowhere, and counts for a minute: pages repeat it. Only whoever may read what the page
 * shows says it or hears it.
 */
export const announcePresence = endpoint({
  name: 'announcePresence', method: 'POST', api: 'cairn', path: '/presence', group: 'live',
  summary: 'Tells those who look at the same run (run_id), experiment (experiment_id), model (name) or version (name and version) that one looks too.',
  request: message({ viewer: Str, change: Enum(presenceChanges) }, {
    run_id: Str, experiment_id: Str, name: Str, version: Str,
    /** The viewer whose choices one follows, so that they tell them. */
    follows: Str,
    /** The address below the server's prefix, for those who follow; at most 8,000 characters. */
    state: Str,
    /** Counts what this viewer says, for requests overtake each other: whoever hears of one that left hears nothing older any more. */
    turn: Int32,
    /** Who says it, on a server without accounts. */
    by: Str,
  }),
  response: Empty,
})

export const presenceEndpoints = [announcePresence] as const
