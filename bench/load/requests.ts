import { Buffer } from 'node:buffer'
import { fraction } from '../data/dataset.ts'
import type { Request } from './job.ts'
import { writeDigits } from './digits.ts'

export const api = '/api/2.0/mlflow'

/** Finished bytes of a request. */
export function encode(port: number, { method, path, body }: Request): Buffer {
  const content = body === undefined ? '' : JSON.stringify(body)
  const head = [`${method} ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, 'User-Agent: cairn-bench', 'Accept: */*']
  if (method !== 'GET') head.push('Content-Type: application/json', `Content-Length: ${Buffer.byteLength(content)}`)
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${content}`)
}

const stepDigits = 7
/** Steps are written over digits that are already there, so all have the same number of them. */
export const smallestStep = 10 ** (stepDigits - 1)
const step0 = '1'.repeat(stepDigits)
const time0 = `170000${'1'.repeat(stepDigits)}`
/** Ten digits stay, six are written over: as long as a measured double prints. */
const value0 = (seed: number) => `0.111111${String(fraction(seed, 5)).slice(2, 12).padEnd(10, '7')}`

/** Where in a request the digits of each point end. */
interface Place {
  readonly step: number
  readonly time: number
  readonly value: number
}

/** A request whose points get new steps, times and values without being built anew. */
export interface Patched {
  readonly bytes: Buffer
  readonly places: readonly Place[]
}

function places(bytes: Buffer): Place[] {
  const found: Place[] = []
  const after = (text: string, from: number, length: number) => {
    const at = bytes.indexOf(text, from)
    return at === -1 ? -1 : at + text.length + length
  }
  // The keys of a point stand in this order.
  for (let at = 0; ;) {
    const value = after('"value":0.', at, 6)
    if (value === -1) return found
    const time = after('"timestamp":', value, time0.length)
    const step = after('"step":', time, stepDigits)
    found.push({ value, time, step })
    at = step
  }
}

const point = (key: string, seed: number) => `{"key":"${key}","value":${value0(seed)},"timestamp":${time0},"step":${step0}}`

function patched(port: number, path: string, content: string): Patched {
  const empty = encode(port, { method: 'POST', path, body: 0 })
  const head = empty.toString('latin1').replace('Content-Length: 1', `Content-Length: ${content.length}`).slice(0, -1)
  const bytes = Buffer.from(head + content)
  return { bytes, places: places(bytes) }
}

export const logMetricRequest = (port: number, run: string, seed: number): Patched =>
  patched(port, `${api}/runs/log-metric`, `{"run_uuid":"${run}","run_id":"${run}",${point('loss', seed).slice(1)}`)

export const batch = { keys: 10, steps: 100 } as const

export function logBatchRequest(port: number, run: string, seed: number): Patched {
  const points: string[] = []
  for (let step = 0; step < batch.steps; step++) {
    for (let key = 0; key < batch.keys; key++) points.push(point(`metric_${key}`, seed * 1000 + step * batch.keys + key))
  }
  return patched(port, `${api}/runs/log-batch`, `{"run_id":"${run}","metrics":[${points.join(',')}],"params":[],"tags":[]}`)
}

/** Gives the points of one request consecutive steps from `step` on, `perStep` points each. */
export function advance({ bytes, places }: Patched, step: number, perStep: number): void {
  for (let i = 0; i < places.length; i++) {
    const place = places[i]!
    const at = step + Math.floor(i / perStep)
    writeDigits(bytes, place.step, stepDigits, at)
    writeDigits(bytes, place.time, stepDigits, at)
    writeDigits(bytes, place.value, 6, Math.imul(at * 31 + i, 0x9e3779b1) >>> 12)
  }
}
