import { changeWindow, forgetWindows, insertWindow, selectWindows, takeWindows, type Window } from './windows-store.ts'
import type { Writer } from '../platform/db/index.ts'

const minuteMs = 60_000
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs
/** What is counted together while processes may still say it again. */
export const windowMs = 5 * minuteMs
/** How long it stays apart; then the hour is one window, later the day. */
const apartMs = 2 * hourMs
const hoursMs = 2 * dayMs
export const keptMs = 30 * dayMs

export interface Counted {
  readonly endpointId: number
  readonly version: number
  readonly since: number
  readonly serverId: string
  readonly seq: number
  readonly profile: string
  readonly rows: number
  readonly skipped: number
  readonly counts: readonly number[]
}

/** Two windows on the same parts as one: counts add up, in any order. */
export const sumOfCounts = (one: readonly number[], other: readonly number[]): number[] => (one.length === 0 ? [...other] : one.map((count, at) => count + other[at]!))

/** Adds what a process counted, once, however often it says it. */
export async function addCounted(tx: Writer, { endpointId, version, since, serverId, seq, profile, rows, skipped, counts }: Counted, now: number): Promise<void> {
  const made = await changeWindow(tx, {
    endpointId, version, since: since - (since % windowMs), span: windowMs,
    add(window) {
      if (window.profile_uid === profile && (window.seen[serverId] ?? 0) >= seq) return window
      // What was counted on another profile's parts can be added to nothing.
      const before = window.profile_uid === profile ? window : { rows: 0, skipped: 0, counts: [], seen: {} }
      return {
        ...window, profile_uid: profile, rows: before.rows + rows, skipped: before.skipped + skipped, counts: sumOfCounts(before.counts, counts), seen: { ...before.seen, [serverId]: seq },
      }
    },
  })
  if (made) await tidy(tx, { endpointId, version, profile }, now)
}

/** Puts older windows together: some hundred of a version are kept, however long and at however many processes it is served. */
async function tidy(tx: Writer, { endpointId, version, profile }: { readonly endpointId: number; readonly version: number; readonly profile: string }, now: number): Promise<void> {
  await forgetWindows(tx, endpointId, now - keptMs)
  const old = await selectWindows(tx, { endpointId, version, until: now - apartMs })
  const groups = Map.groupBy(old, ({ since }) => (since >= now - hoursMs ? since - (since % hourMs) : since - (since % dayMs)))
  for (const [since, group] of groups) {
    if (group.length === 1) continue
    // Another server may have been quicker with some of them.
    const taken = (await takeWindows(tx, { endpointId, version }, group.map((window) => window.since))).filter((window) => window.profile_uid === profile)
    if (taken.length > 0) await insertWindow(tx, together(taken, since, since >= now - hoursMs ? hourMs : dayMs))
  }
}

function together(windows: readonly Window[], since: number, span: number): Window {
  const [first, ...others] = windows
  const sum = others.reduce((all, window) => ({ ...all, rows: all.rows + window.rows, skipped: all.skipped + window.skipped, counts: sumOfCounts(all.counts, window.counts) }), first!)
  return { ...sum, since, span, seen: {} }
}
