import { readFileSync } from 'node:fs'
import { treeUse } from '../../bench/measure/process-tree.ts'

export interface Watch extends Disposable {
  /** Memory in MB, a sample a second. */
  readonly memory: readonly number[]
  /** Processor time of the process since the watch began, in ms. */
  cpuMs(): number
  seconds(): number
}

/** Looks at a process once a second. */
export function watch(pid: number): Watch {
  const memory: number[] = []
  const began = performance.now()
  const { cpuMs: before } = treeUse(pid)
  const look = (): void => void memory.push(Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))![1]) / 1024)
  look()
  const timer = setInterval(look, 1000)
  return {
    memory,
    cpuMs: () => treeUse(pid).cpuMs - before,
    seconds: () => (performance.now() - began) / 1000,
    [Symbol.dispose]: () => clearInterval(timer),
  }
}

const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!

/** Memory in MB: of each tenth of the time, of the middle fifth and of the last, which a leak makes differ and a warm-up does not. */
export function levels(memory: readonly number[]): { tenths: number[]; middle: number; last: number; peak: number } {
  const fifth = Math.max(1, Math.floor(memory.length / 5))
  const tenth = memory.length / 10
  return {
    tenths: Array.from({ length: 10 }, (_, at) => median(memory.slice(Math.floor(at * tenth), Math.max(Math.floor(at * tenth) + 1, Math.floor((at + 1) * tenth))))),
    middle: median(memory.slice(2 * fifth, 3 * fifth)), last: median(memory.slice(-fifth)), peak: Math.max(...memory),
  }
}
