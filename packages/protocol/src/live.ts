import { endpoint } from './endpoint.ts'
import { Empty, Int32, List, message, Str } from './schema.ts'

/** What a live stream can carry, by the name that each event has in the stream. */
export const liveTypes = ['points', 'params', 'tags', 'run', 'inputs', 'outputs', 'artifact', 'experiment', 'logged-model', 'registry', 'endpoint', 'view', 'comment', 'presence'] as const
export type LiveType = (typeof liveTypes)[number]

/**
 * Server-sent events: what happens, within milliseconds of its commit. Each event has an id; a
 * client that comes back with `Last-Event-ID` gets what it missed. When that is no longer there,
 * or the client reads too slowly, it gets one event `resync` ({"reason"}) and should read again
 * what it shows. While it hears of nothing, an id without data says how far the events have come,
 * and a comment line keeps the connection alive every 15 seconds. `at` is the server's clock in
 * milliseconds when it was said, by which a page tells how old it is what it shows.
 *
 *     at: 1764187200000
 *     event: points
 *     id: 5f1c-42
 *     data: {"experiment_id":"1","run_id":"…","points":[{"key":"loss","value":0.1,"timestamp":1,"step":0}]}
 */
export const live = endpoint({
  name: 'live', method: 'GET', api: 'cairn', path: '/live', group: 'live', body: 'raw',
  summary: 'Points, params, tags, status, artifacts and registry changes as they happen, for the runs and experiments asked for.',
  request: message({}, {
    /** Runs to hear of; with `experiment_ids` either is enough. Neither: everything. */
    run_ids: List(Str),
    experiment_ids: List(Str),
    /** Only these types; default all. */
    types: List(Str),
    /** Besides, these types wherever they happen: a page that follows one run may want to know of every new one. */
    everywhere: List(Str),
    /** In place of the header `Last-Event-ID`, for the first connection of a page that has just read. */
    last_event_id: Str,
    /** Where more points and other events than this were missed, `resync` comes at once in their place: to read again may be less. */
    most_missed: Int32,
  }),
  response: Empty,
})

export const liveEndpoints = [live] as const
