import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Generator } from '../load/driver.ts'
import { lateMessage, type Group, type GroupOutcome, type Outcome } from '../load/job.ts'
import { treeUse } from './process-tree.ts'
import { median } from './statistics.ts'

/** What one load on one server came to. */
export interface Sample {
  readonly outcome: Outcome
  /** Processor time of the server's whole tree, with what it still did after the last answer. */
  readonly cpuMs: number
  /** Part of it that fell after the last answer: compaction, checkpoints, collected garbage. */
  readonly deferredCpuMs: number
  readonly rssBefore: number
  readonly rssPeak: number
}

const quietMs = 200

/** Waits until a server has done next to nothing for a while: what it puts off is part of its cost. */
export async function settle(pid: number, limitMs = 30_000): Promise<void> {
  const end = performance.now() + limitMs
  let quiet = 0
  for (let before = treeUse(pid).cpuMs; quiet < 3 && performance.now() < end;) {
    await sleep(quietMs)
    const now = treeUse(pid).cpuMs
    quiet = now - before <= 10 ? quiet + 1 : 0
    before = now
  }
}

/** An operation took longer than anybody would wait; `cpuMs` is what the server had spent by then. */
export class TooSlow extends Error {
  readonly cpuMs: number

  constructor(message: string, cpuMs: number) {
    super(message)
    this.name = 'TooSlow'
    this.cpuMs = cpuMs
  }
}

/** Ends within `limitSeconds` after the `seconds` in which operations begin. */
export async function measure(server: { readonly pid: number; readonly port: number }, generator: Generator, seconds: number, groups: readonly Group[], limitSeconds = 300): Promise<Sample> {
  const before = treeUse(server.pid)
  let rssPeak = before.rssBytes
  const watch = setInterval(() => { rssPeak = Math.max(rssPeak, treeUse(server.pid).rssBytes) }, 100)
  let outcome: Outcome
  try {
    outcome = await generator.run({ port: server.port, seconds, limitSeconds: seconds + limitSeconds, groups })
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith(lateMessage)) throw error
    throw new TooSlow(error.message, treeUse(server.pid).cpuMs - before.cpuMs)
  } finally {
    clearInterval(watch)
  }
  const during = treeUse(server.pid)
  await settle(server.pid)
  const after = treeUse(server.pid)
  return {
    outcome,
    cpuMs: after.cpuMs - before.cpuMs,
    deferredCpuMs: after.cpuMs - during.cpuMs,
    rssBefore: before.rssBytes,
    rssPeak: Math.max(rssPeak, during.rssBytes),
  }
}

/** Medians over rounds; times of a group's operations in milliseconds. */
export interface Summary {
  readonly rounds: number
  readonly operations: number
  readonly perSecond: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  /** Processor time for each operation of the group, all of the server's included. */
  readonly cpuMs: number
  readonly deferredCpuMs: number
  readonly rssBefore: number
  readonly rssPeak: number
  readonly bytesPerOperation: number
}

export function summarise(samples: readonly Sample[], group: string): Summary {
  const over = (value: (outcome: GroupOutcome, sample: Sample) => number) => median(samples.map(sample => value(sample.outcome[group]!, sample)))
  return {
    rounds: samples.length,
    operations: samples.reduce((sum, sample) => sum + sample.outcome[group]!.operations, 0),
    perSecond: over(outcome => outcome.operations / outcome.seconds),
    p50Ms: over(outcome => outcome.p50Ms),
    p99Ms: over(outcome => outcome.p99Ms),
    maxMs: Math.max(...samples.map(sample => sample.outcome[group]!.maxMs)),
    cpuMs: over((outcome, sample) => sample.cpuMs / outcome.operations),
    deferredCpuMs: over((outcome, sample) => sample.deferredCpuMs / outcome.operations),
    rssBefore: samples[0]!.rssBefore,
    rssPeak: Math.max(...samples.map(sample => sample.rssPeak)),
    bytesPerOperation: over(outcome => outcome.bytesReceived / outcome.operations),
  }
}
