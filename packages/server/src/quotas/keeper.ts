import { quotaExceeded, quotaKinds, quotaWords, teamOfWorkspace, type QuotaKind } from '@cairn/protocol'
import type { ArtifactRoots } from '../artifacts/index.ts'
import { countMissing, runsWithoutCount } from '../metrics/index.ts'
import type { Database, Lease } from '../platform/db/index.ts'
import type { Log } from '../platform/http/index.ts'
import { repeat } from '../platform/repeat.ts'
import type { Telemetry } from '../platform/telemetry/index.ts'
import type { Place } from '../workspaces/index.ts'
import { Counts, fits, isOld, reading, usedOf, type Holder } from './counts.ts'
import { measureFiles } from './measure.ts'
import { measureAgain, noteMeasured, noteStored, readQuotas, readUsage, teamsAmong, toMeasure, type Defaults, type Known } from './quotas.ts'
import type { CountedKind, Usage } from './usage-view.ts'

export interface KeeperOptions {
  readonly db: Database
  readonly roots: ArtifactRoots
  readonly defaults: Defaults
  /** The server's own name in the URIs of artifacts, if they have one. */
  readonly host: string | undefined
  readonly log: Log
  readonly now: () => number
  readonly telemetry: Telemetry
}

/** What a request may use; disposed when the request has ended. */
export interface Admission extends Disposable {
  /** What was asked for is stored now. */
  done(): void
  /** How much there is left, with what was admitted; Infinity without a limit. */
  readonly left: number
  /** What somebody is told who turns out to need more than that. */
  refusal?(): Error
}

const free: Admission = { done() {}, left: Infinity, [Symbol.dispose]() {} }
const unlimited: readonly Holder[] = []
const tickMs = 5000
/** How often counts are read anew, at least; and at most a twentieth of the time goes into it. */
const freshMs = 10_000
const measureMs = 3_600_000
/** Files may be deleted and replaced as often as somebody likes. */
const measureAgainMs = 15_000

const workspaceHolder = (id: number, name: string): Holder => ({ key: `${id}`, of: 'workspace', name })
const teamHolder = (name: string): Holder => ({ key: `team ${name}`, of: 'team', name })

/**
 * Holds limits, and how much of them is used, in memory: a request is admitted by an addition, and only
 * one that would be refused asks the database first. What other servers and programs store is seen
 * within ten seconds. A request must fit into its workspace and into the team that this belongs to.
 */
export class QuotaKeeper implements AsyncDisposable {
  readonly #options: KeeperOptions
  readonly #lease: Lease
  readonly #stop = new AbortController()
  readonly #counts = new Counts()
  readonly #refused: Record<Holder['of'], (labels: Record<string, string>) => { add(): void }>
  #known: Known = { names: new Map(), limits: new Map(), teamLimits: new Map(), measured: new Map() }
  /** The workspaces of each team. */
  #teams = new Map<string, readonly number[]>()
  #measuredAt = new Map<number, number>()
  #readAt = -Infinity
  #readTookMs = 0
  #counted = false
  #loop: Promise<void> = Promise.resolve()
  #limitsRead: Promise<void> = Promise.resolve()

  constructor(options: KeeperOptions) {
    this.#options = options
    const { db, telemetry } = options
    this.#lease = db.lease('quotas')
    this.#refused = {
      workspace: telemetry.counter('cairn_quota_refused_total', 'Requests that were refused because of a limit, by workspace and quota.'),
      team: telemetry.counter('cairn_team_quota_refused_total', 'Requests that were refused because of a limit of a team, by team and quota.'),
    }
    const most = (holder: Holder, kind: QuotaKind): number | undefined => this.#most(holder, kind)
    const used = (holder: Holder, kind: QuotaKind): number | undefined => this.#counts.used(holder, kind)
    telemetry.gauges('cairn_quota_limit', 'Limits of workspaces.', () => this.#each('workspace', most))
    telemetry.gauges('cairn_quota_used', 'How much of each limit is used.', () => this.#each('workspace', used))
    telemetry.gauges('cairn_team_quota_limit', 'Limits of teams, over all their workspaces.', () => this.#each('team', most))
    telemetry.gauges('cairn_team_quota_used', 'How much of each limit of a team is used.', () => this.#each('team', used))
  }

  async start(): Promise<void> {
    await this.#readLimits()
    this.#loop = repeat(tickMs, this.#stop.signal, () => this.tick(), (error) => {
      this.#options.log.error('Limits of workspaces could not be looked after; it will be tried again.', { error: String(error) })
    })
  }

  /** Somebody changed a limit through this server. */
  changed(): Promise<void> {
    return this.#readLimits()
  }

  /** Admits a request that brings so much, or throws what it is told. */
  admit(place: Place, kind: QuotaKind, amount: number): Admission | Promise<Admission> {
    const holders = this.#limiting(place, kind)
    if (holders.length === 0) return free
    for (const holder of holders) if (!this.#fits(holder, kind, amount)) return this.#look(place, kind, amount)
    return this.#take(holders, kind, amount)
  }

  /** A file was stored in a workspace; resolves when that is durable. */
  async stored(place: Place, bytes: number): Promise<void> {
    if (bytes === 0 || this.#limiting(place, 'artifact_bytes').length === 0) return
    await this.#options.db.write(noteStored, { workspace: place.id, bytes })
    await this.#readLimits()
  }

  /** A file was deleted. */
  async deleted(place: Place): Promise<void> {
    if (this.#limiting(place, 'artifact_bytes').length > 0) await this.#options.db.write(measureAgain, { workspace: place.id })
  }

  /** Reads limits and counts anew where it is time. */
  async tick(): Promise<void> {
    await this.#readLimits()
    const limited = [...this.#holders('workspace'), ...this.#holders('team')]
    const kinds = quotaKinds.filter((kind): kind is CountedKind => kind !== 'artifact_bytes' && limited.some((holder) => this.#most(holder, kind) !== undefined))
    if (kinds.length > 0 && performance.now() - this.#readAt > Math.max(freshMs, 20 * this.#readTookMs)) await this.#readCounts(limited, kinds)
    if (!await this.#lease.held()) return
    await this.#countOld()
    await this.#measure()
  }

  #most({ key, of, name }: Holder, kind: QuotaKind): number | undefined {
    const { defaults } = this.#options
    return of === 'team' ? this.#known.teamLimits.get(name)?.[kind] ?? defaults.teams[kind] : this.#known.limits.get(Number(key))?.[kind] ?? defaults.workspaces[kind]
  }

  /** What limits a kind in a workspace: its own limit, its team's, both or none. */
  #limiting({ id, name }: Pick<Place, 'id' | 'name'>, kind: QuotaKind): readonly Holder[] {
    const { limits, teamLimits } = this.#known
    const { defaults } = this.#options
    let holders = unlimited
    if ((limits.get(id)?.[kind] ?? defaults.workspaces[kind]) !== undefined) holders = [workspaceHolder(id, name)]
    if (teamLimits.size === 0 && defaults.teams[kind] === undefined) return holders
    const team = teamOfWorkspace(name)
    return team !== undefined && this.#most(teamHolder(team), kind) !== undefined ? [...holders, teamHolder(team)] : holders
  }

  #holders(of: Holder['of']): Holder[] {
    return of === 'workspace' ? [...this.#known.names].map(([id, name]) => workspaceHolder(id, name)) : [...new Set([...this.#teams.keys(), ...this.#known.teamLimits.keys()])].map(teamHolder)
  }

  *#each(of: Holder['of'], value: (holder: Holder, kind: QuotaKind) => number | undefined): Generator<readonly [Record<string, string>, number]> {
    for (const holder of this.#holders(of)) {
      for (const quota of quotaKinds) {
        const known = this.#most(holder, quota) === undefined ? undefined : value(holder, quota)
        if (known !== undefined) yield [{ [of]: holder.name, quota }, known]
      }
    }
  }

  #fits(holder: Holder, kind: QuotaKind, amount: number): boolean {
    return fits(this.#counts.of(holder, kind), amount, this.#most(holder, kind)!)
  }

  #take(holders: readonly Holder[], kind: QuotaKind, amount: number): Admission {
    const counts = holders.map((holder) => this.#counts.of(holder, kind))
    for (const count of counts) count.pending += amount
    const room = counts.map((count, at) => Math.max(0, this.#most(holders[at]!, kind)! - usedOf(count) - count.pending + amount))
    const left = Math.min(...room)
    let pending = amount
    const takenAt = performance.now()
    const end = (): void => {
      for (const count of counts) count.pending -= pending
      pending = 0
    }
    return {
      left,
      refusal: () => this.#refusal(holders[room.indexOf(left)]!, kind, 0),
      done() {
        for (const count of counts) {
          if (count.reading > 0 || count.askedAt >= takenAt) count.unsure = true
          count.stored += pending
        }
        end()
      },
      [Symbol.dispose]: end,
    }
  }

  /** A limit is reached as far as this server knows: others may have made room. */
  async #look(place: Place, kind: QuotaKind, amount: number): Promise<Admission> {
    for (const holder of this.#limiting(place, kind)) {
      const count = this.#counts.of(holder, kind)
      if (!this.#fits(holder, kind, amount) && isOld(count)) await (count.asking ??= this.#ask(holder, kind).finally(() => { count.asking = undefined }))
    }
    // Limits may have changed meanwhile. Never measured: nobody is refused because of what is not known.
    const holders = this.#limiting(place, kind).filter((holder) => this.#counts.used(holder, kind) !== undefined)
    if (holders.length === 0) return free
    const full = holders.find((holder) => !this.#fits(holder, kind, amount))
    if (full === undefined) return this.#take(holders, kind, amount)
    this.#refused[full.of]({ [full.of]: full.name, quota: kind }).add()
    if (kind === 'artifact_bytes') await this.#askForMeasure(full)
    throw this.#refusal(full, kind, amount)
  }

  /** Files may have been deleted or replaced: what was measured some seconds ago is measured again. */
  async #askForMeasure(holder: Holder): Promise<void> {
    const { db, now } = this.#options
    for (const workspace of this.#workspacesOf(holder)) {
      if (now() - (this.#known.measured.get(workspace)?.time ?? 0) > measureAgainMs) await db.write(measureAgain, { workspace })
    }
  }

  #workspacesOf({ key, of, name }: Holder): readonly number[] {
    return of === 'team' ? this.#teams.get(name) ?? [] : [Number(key)]
  }

  #refusal(holder: Holder, kind: QuotaKind, amount: number): Error {
    const { of, name } = holder
    const option = kind.replaceAll('_', '-')
    return quotaExceeded(`Quota exceeded: the ${of} '${name}' has ${this.#counts.used(holder, kind) ?? 0} of at most ${this.#most(holder, kind)} ${quotaWords[kind]}${of === 'team' ? ' in all its workspaces' : ''}${amount > 1 ? `, and this request brings ${amount}` : ''}. `
      + `Nothing of it was stored. Delete what is not needed and have it removed for good (cairn gc), or ask an admin for more (cairn ${of}s quota ${name} --${option} N).`)
  }

  async #ask(holder: Holder, kind: QuotaKind): Promise<void> {
    // Its workspaces may have become more.
    if (kind === 'artifact_bytes' || holder.of === 'team') await this.#readLimits()
    if (kind !== 'artifact_bytes') await reading([this.#counts.of(holder, kind)], async () => [this.#sum(holder, kind, await this.#options.db.scan(readUsage, { kinds: [kind] }))])
  }

  #sum(holder: Holder, kind: CountedKind, usage: ReadonlyMap<number, Usage>): number {
    return this.#workspacesOf(holder).reduce((sum, id) => sum + (usage.get(id)?.[kind] ?? 0), 0)
  }

  /** One after the other, so that none tells what was before another. */
  #readLimits(): Promise<void> {
    return this.#limitsRead = this.#limitsRead.then(() => this.#readLimitsNow(), () => this.#readLimitsNow())
  }

  async #readLimitsNow(): Promise<void> {
    this.#known = await this.#options.db.read(readQuotas, null)
    const { names, measured } = this.#known
    this.#teams = teamsAmong(names)
    for (const [id, { bytes }] of measured) this.#counts.set({ key: `${id}` }, 'artifact_bytes', bytes)
    for (const [team, ids] of this.#teams) {
      const known = ids.flatMap((id) => measured.get(id)?.bytes ?? [])
      this.#counts.set(teamHolder(team), 'artifact_bytes', known.length === 0 ? undefined : known.reduce((sum, bytes) => sum + bytes))
    }
  }

  async #readCounts(holders: readonly Holder[], kinds: readonly CountedKind[]): Promise<void> {
    const begun = performance.now()
    const asked = holders.flatMap((holder) => kinds.map((kind) => ({ holder, kind })))
    await reading(asked.map(({ holder, kind }) => this.#counts.of(holder, kind)), async () => {
      const usage = await this.#options.db.scan(readUsage, { kinds })
      return asked.map(({ holder, kind }) => this.#sum(holder, kind, usage))
    })
    this.#readAt = performance.now()
    this.#readTookMs = this.#readAt - begun
  }

  /** Runs that were compacted before their points were counted: once after an upgrade. */
  async #countOld(): Promise<void> {
    for (let after: number | undefined = 0; !this.#counted;) {
      this.#stop.signal.throwIfAborted()
      const { runs, last }: { runs: number[]; last: number | undefined } = await this.#options.db.read(runsWithoutCount, { after })
      if (runs.length > 0) await this.#options.db.write(countMissing, { runs })
      if (last === undefined) this.#counted = true
      else after = last
    }
  }

  /** Walks the files of workspaces whose bytes are limited: once an hour, and after files were deleted. */
  async #measure(): Promise<void> {
    const { db, roots, host, now } = this.#options
    for (const [workspace, name] of this.#known.names) {
      if (this.#limiting({ id: workspace, name }, 'artifact_bytes').length === 0) continue
      const known = this.#known.measured.get(workspace)
      const asked = known === undefined || known.time === 0
      if (known !== undefined && now() - known.time < measureMs) continue
      if (asked && performance.now() - (this.#measuredAt.get(workspace) ?? -Infinity) < measureAgainMs) continue
      const { places, upTo } = await db.scan(toMeasure, { workspace })
      const bytes = await measureFiles(places, roots, host, this.#stop.signal)
      await db.write(noteMeasured, { workspace, upTo, bytes, time: now() })
      this.#measuredAt.set(workspace, performance.now())
      await this.#readLimits()
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort()
    await this.#loop
  }
}
