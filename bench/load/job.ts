import type { Shape } from '../data/dataset.ts'

/** What the generator is asked to do: plain data, sent to its process. */
export interface Job {
  readonly port: number
  /** No new operation begins after this; those under way are waited for. */
  readonly seconds: number
  /** The job fails when it is not over by then. */
  readonly limitSeconds: number
  readonly groups: readonly Group[]
}

/** Connections that all do the same, at the same time as the other groups. */
export interface Group {
  readonly name: string
  readonly connections: number
  readonly maxOperations: number
  readonly script: Script
}

/** One operation of a script is one or more requests; the latency is that of the operation. */
export type Script =
  /** The same few requests over and over. */
  | { readonly kind: 'requests'; readonly requests: readonly Request[] }
  /** One point; each connection goes through its share of the runs. */
  | { readonly kind: 'log-metric'; readonly runs: readonly string[]; readonly firstStep: number }
  /** 100 steps of 10 metrics. */
  | { readonly kind: 'log-batch'; readonly runs: readonly string[]; readonly firstStep: number }
  /** runs/create and runs/update as the Python client sends them. */
  | { readonly kind: 'create-and-finish' }
  /** A whole history, by pages or at once. */
  | { readonly kind: 'history'; readonly run: string; readonly key: string; readonly pageSize?: number }
  /** Create, log-batch and finish the runs with these numbers of `dataset.ts`. */
  | { readonly kind: 'seed-runs'; readonly from: number; readonly to: number; readonly shape: Shape }
  /** The curve of `dataset.ts` by log-batch, 1000 points each. */
  | { readonly kind: 'seed-curve'; readonly run: string; readonly points: number }
  | { readonly kind: 'upload'; readonly path: string; readonly bytes: number }

export interface Request {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: unknown
}

export interface GroupOutcome {
  readonly operations: number
  readonly requests: number
  /** From the first request to the last answer. */
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly maxMs: number
  readonly bytesReceived: number
}

export type Outcome = Readonly<Record<string, GroupOutcome>>

export type Reply = { readonly outcome: Outcome } | { readonly error: string }

/** How the error of a job begins that its `limitSeconds` ended. */
export const lateMessage = 'not over after'
