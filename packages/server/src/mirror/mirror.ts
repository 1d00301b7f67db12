import type { ArtifactRoots } from '../artifacts/index.ts'
import type { Database, Lease } from '../platform/db/index.ts'
import type { Log } from '../platform/http/index.ts'
import type { Outbound } from '../platform/outbound/index.ts'
import { repeat } from '../platform/repeat.ts'
import type { Counter, Telemetry } from '../platform/telemetry/index.ts'
import { MlflowRefused, SourceRefused, type MlflowApi } from '../transfer/index.ts'
import type { Thing } from './mirror-store.ts'
import { changedExperiments, changedLinks, changedModels, changedRegistry, changedRuns, chooseTarget, dueFiles, forgetThing, noteThing, retryRefused, writeState } from './operations.ts'
import { openRemote, RemoteAway, type RemoteSettings } from './remote.ts'
import { sendFiles, sendLinks, sendModel, sendRegistered } from './send-models.ts'
import { ignoreMissing, sendExperiment, sendRun } from './send-run.ts'

export interface MirrorOptions {
  readonly db: Database
  readonly roots: ArtifactRoots
  readonly remote: RemoteSettings
  /** Whose experiments and models go: names are unique only in one. */
  readonly workspace: number
  readonly outbound: Outbound
  readonly log: Log
  readonly now: () => number
  readonly telemetry: Telemetry
}

/** What is written down of it, for whoever asks any of the servers. */
export interface MirrorState {
  /** Everything that is here was there at this time. */
  readonly in_step_time?: number
  /** Something was sent. */
  readonly sent_time?: number
  /** Why nothing can be sent now, and since when. */
  readonly away?: { readonly since: number; readonly why: string }
}

const lookEveryMs = 2000
/** To ask costs little, and whoever waits for the other server wants it to go on. */
const longestBackoffMs = 10_000
const atOnce = 4

/**
 * Writes what is here to another server, too. There is no queue: what is stored is compared with what was
 * sent, so that nothing is lost and nothing grows while the other server is away, and no writer waits.
 */
export class Mirror implements AsyncDisposable {
  readonly #options: MirrorOptions
  readonly #api: MlflowApi
  readonly #lease: Lease
  readonly #stop = new AbortController()
  readonly #loop: Promise<void>
  readonly #sent: { readonly things: (labels: { kind: string }) => Counter; readonly points: Counter; readonly failures: Counter }
  #state: MirrorState = {}
  #written = ''
  #failed = 0
  #notBefore = 0
  #waiting = 0
  #chosen = false

  constructor(options: MirrorOptions) {
    this.#options = options
    this.#api = openRemote(options.remote, options.outbound, this.#stop.signal)
    this.#lease = options.db.lease('mirror')
    const { telemetry } = options
    this.#sent = {
      things: telemetry.counter('cairn_mirror_sent_total', 'Things that were sent to the server that everything is mirrored to, by kind.'),
      points: telemetry.counter('cairn_mirror_points_sent_total', 'Metric points that were sent there.')(),
      failures: telemetry.counter('cairn_mirror_failures_total', 'Times that nothing could be sent.')(),
    }
    telemetry.gauge('cairn_mirror_runs_waiting', 'Runs that look otherwise here than there, up to a page of them.', () => this.#waiting)
    telemetry.gauge('cairn_mirror_in_step_seconds', 'When everything was there last, in seconds since the epoch; 0 for never here.', () => (this.#state.in_step_time ?? 0) / 1000)
    this.#loop = repeat(lookEveryMs, this.#stop.signal, () => this.tick(), (error) => {
      options.log.error('The mirror failed; it will be tried again.', { error: String(error) })
    })
  }

  /** Sends what has changed; false where that is not its turn. */
  async tick(): Promise<boolean> {
    const { db, remote, log, now } = this.#options
    if (performance.now() < this.#notBefore || !await this.#lease.held()) return false
    const begun = performance.now()
    try {
      if (!this.#chosen) {
        await db.write(chooseTarget, { target: `${remote.url} workspace ${this.#options.workspace}` })
        await db.write(retryRefused, null)
      }
      this.#chosen = true
      const sent = await this.#all()
      if (this.#failed > 0) log.info('The mirror goes on.', { target: remote.url })
      this.#failed = 0
      this.#state = { in_step_time: now(), ...(sent ? { sent_time: now() } : this.#state.sent_time !== undefined && { sent_time: this.#state.sent_time }) }
      // Looking costs a twentieth of the time at most.
      this.#notBefore = performance.now() + (sent ? 0 : 20 * (performance.now() - begun))
    } catch (error) {
      if (this.#stop.signal.aborted) return true
      this.#sent.failures.add()
      if (!(error instanceof RemoteAway)) log.error('The mirror failed; it goes on where it was.', { error: String(error) })
      else if (this.#failed === 0) log.warn('The server that everything is mirrored to is away; what is written meanwhile goes there later.', { error: error.message })
      this.#failed += 1
      this.#notBefore = performance.now() + Math.min(longestBackoffMs, 500 * 2 ** Math.min(this.#failed, 10))
      this.#state = { ...this.#state, away: { since: this.#state.away?.since ?? now(), why: (error as Error).message } }
    }
    await this.#writeDown()
    return true
  }

  /** Everything, in the order in which things need each other. Answers whether there was something. */
  async #all(): Promise<boolean> {
    const { db, workspace } = this.#options
    const api = this.#api
    let sent = 0
    const one = async (kind: string, work: () => Promise<void>, refused: (problem: string) => Thing): Promise<void> => {
      this.#stop.signal.throwIfAborted()
      sent += 1
      try {
        await work()
        this.#sent.things({ kind }).add()
      } catch (error) {
        if (!(error instanceof MlflowRefused) && !(error instanceof SourceRefused)) throw error
        // It is asked again once it has changed here; others are not held up.
        this.#options.log.warn(`The server that everything is mirrored to refuses a ${kind}.`, { id: refused('').here, error: error.message })
        await db.write(noteThing, { thing: refused(error.message) })
      }
    }
    const deleted: Thing[] = []
    for (const changed of await db.scan(changedExperiments, { workspace })) {
      const { thing, mark, known } = changed
      await one('experiment', async () => {
        const there = await sendExperiment(api, changed)
        if (thing.lifecycle_stage === 'deleted') deleted.push(there)
        await db.write(noteThing, { thing: thing.lifecycle_stage === 'deleted' ? { ...there, mark: '' } : there })
        if (known?.problem != null) await db.write(retryRefused, null)
      }, (problem) => ({ kind: 'experiment', here: thing.id, there: known?.there ?? '', mark, about: known?.about ?? '{"tags":[]}', problem }))
    }
    for (;;) {
      // Of an experiment that was made since, the runs come with the next look.
      const changed = (await db.scan(changedRuns, { workspace })).filter(({ experiment }) => experiment !== undefined)
      this.#waiting = changed.length
      if (changed.length === 0) break
      await this.#each(changed, (run) => one('run', async () => {
        if (run.experiment!.there === '') throw new MlflowRefused(404, '', 'Its experiment is not there.')
        await sendRun(api, db, run, (points) => this.#sent.points.add(points))
      }, (problem) => ({ kind: 'run', here: run.run.run_id, there: run.known?.there ?? '', mark: run.mark, about: run.known?.about ?? '', problem })))
      await this.#writeDown()
    }
    for (let changed = await db.scan(changedModels, { workspace }); changed.length > 0; changed = await db.scan(changedModels, { workspace })) {
      await this.#each(changed, (model) => one('logged model', () => sendModel(api, db, model), (problem) => ({
        kind: 'model', here: model.thing.model_id, there: model.known?.there ?? '', mark: model.mark, about: model.known?.about ?? JSON.stringify({ uri: '', own: model.thing.artifact_location }), problem,
      })))
    }
    for (let changed = await db.scan(changedLinks, { workspace }); changed.length > 0; changed = await db.scan(changedLinks, { workspace })) {
      await this.#each(changed, (links) => one('link', async () => {
        if (links.there === undefined || links.there.there === '') throw new MlflowRefused(404, '', 'Its run is not there.')
        await sendLinks(api, db, { ...links, there: links.there })
      }, (problem) => ({ kind: 'links', here: links.run.run_id, there: '', mark: links.mark, about: '', problem })))
    }
    for (const there of deleted) {
      await one('experiment', async () => {
        await api.post('experiments/delete', { experiment_id: there.there })
        await db.write(noteThing, { thing: there })
      }, (problem) => ({ ...there, problem }))
    }
    const registry = await db.scan(changedRegistry, { workspace })
    for (const changed of registry.changed) {
      const { thing: { name }, mark, known } = changed
      await one('registered model', () => sendRegistered(api, db, changed, registry.runs, registry.models), (problem) => ({ kind: 'registered', here: name, there: name, mark, about: known?.about ?? '', problem }))
    }
    for (const gone of registry.gone) {
      await one('registered model', async () => {
        await api.post('registered-models/delete', { name: gone.there }, 'DELETE').catch(ignoreMissing)
        await db.write(forgetThing, { kind: 'registered', here: gone.here })
      }, (problem) => ({ ...gone, problem }))
    }
    const files = await db.scan(dueFiles, { now: this.#options.now() })
    await this.#each(files, (one) => sendFiles(api, db, one, this.#options.roots, this.#options.now(), this.#stop.signal))
    return sent > 0 || files.length > 0
  }

  async #each<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
    const waiting = items.values()
    const ended = await Promise.allSettled(Array.from({ length: Math.min(atOnce, items.length) }, async () => {
      for (const item of waiting) await work(item)
    }))
    for (const end of ended) if (end.status === 'rejected') throw end.reason
  }

  /** For other servers, and for after a restart; an idle mirror writes once in ten minutes. */
  async #writeDown(): Promise<void> {
    const { db, remote, workspace } = this.#options
    const { in_step_time = 0, ...state } = this.#state
    const shown = JSON.stringify([state, Math.floor(in_step_time / 600_000)])
    if (shown === this.#written) return
    this.#written = shown
    await db.write(writeState, { target: `${remote.url} workspace ${workspace}`, state: JSON.stringify(this.#state) })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#loop
  }
}
