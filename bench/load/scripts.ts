import { curve, curvePoint, runData } from '../data/dataset.ts'
import type { Answer } from './answer-reader.ts'
import type { Script } from './job.ts'
import { advance, api, batch, encode, logBatchRequest, logMetricRequest, type Patched } from './requests.ts'

/** What one connection says. An operation is one `first` and as many `next` as it needs. */
export interface Talk {
  readonly keep: 'nothing' | 'tail' | 'all'
  /** The first request of the next operation; undefined when there is nothing left to do. */
  first(): Buffer | undefined
  /** The operation's next request; undefined when it is over. */
  next(answer: Answer): Buffer | undefined
}

/** One talk for each connection; what they share (a counter of runs to make) is in the closure. */
export function talks(script: Script, port: number, connections: number): Talk[] {
  const each = (make: (connection: number) => Talk) => Array.from({ length: connections }, (_, i) => make(i))
  switch (script.kind) {
    case 'requests': {
      const bytes = script.requests.map(request => encode(port, request))
      return each(connection => {
        let turn = connection
        return single(() => bytes[turn++ % bytes.length])
      })
    }
    case 'log-metric':
      return each(connection => logging(script.runs, script.firstStep, connection, connections, 1, (run, i) => logMetricRequest(port, run, i)))
    case 'log-batch':
      return each(connection => logging(script.runs, script.firstStep, connection, connections, batch.keys, (run, i) => logBatchRequest(port, run, i)))
    case 'create-and-finish':
      return each(() => createAndFinish(port))
    case 'history':
      return each(() => history(port, script))
    case 'seed-runs': {
      let number = script.from
      return each(() => seedRuns(port, () => (number < script.to ? runData(number++, script.shape) : undefined)))
    }
    case 'seed-curve':
      return each(connection => {
        let from = connection * 1000
        return single(() => {
          if (from >= script.points) return undefined
          const metrics = Array.from({ length: Math.min(1000, script.points - from) }, (_, i) => ({ key: curve.key, ...curvePoint(from + i) }))
          from += 1000 * connections
          return encode(port, { method: 'POST', path: `${api}/runs/log-batch`, body: { run_id: script.run, metrics } })
        })
      })
    case 'upload': {
      const head = `PUT ${script.path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/octet-stream\r\nContent-Length: ${script.bytes}\r\n\r\n`
      const bytes = Buffer.concat([Buffer.from(head), Buffer.alloc(script.bytes, 'not easily compressed? nor tried. ')])
      return each(() => single(() => bytes))
    }
  }
}

const single = (first: () => Buffer | undefined): Talk => ({ keep: 'nothing', first, next: () => undefined })

function logging(runs: readonly string[], firstStep: number, connection: number, connections: number, perStep: number, make: (run: string, seed: number) => Patched): Talk {
  const mine = runs.filter((_, i) => i % connections === connection)
  const requests = mine.length > 0 ? mine.map(make) : [make(runs[connection % runs.length]!, connection)]
  let turn = 0
  let step = firstStep
  return single(() => {
    const request = requests[turn]!
    const steps = request.places.length / perStep
    advance(request, step, perStep)
    turn = (turn + 1) % requests.length
    if (turn === 0) step += steps
    return request.bytes
  })
}

const runIdIn = (answer: Answer): string => {
  const found = /"run_id": ?"([0-9a-zA-Z-]+)"/.exec(answer.body.toString('latin1'))
  if (found === null) throw new Error(`no run_id in ${answer.body.toString('utf8', 0, 300)}`)
  return found[1]!
}

function createAndFinish(port: number): Talk {
  const tags = Object.entries({ 'mlflow.user': 'bench', 'mlflow.source.name': 'train.py', 'mlflow.source.type': 'LOCAL' }).map(([key, value]) => ({ key, value }))
  const create = encode(port, { method: 'POST', path: `${api}/runs/create`, body: { experiment_id: '0', user_id: 'bench', run_name: 'nimble-hare-41', start_time: 1_700_000_000_000, tags } })
  let created = false
  return {
    keep: 'all',
    first: () => {
      created = false
      return create
    },
    next: answer => {
      if (created) return undefined
      created = true
      const run = runIdIn(answer)
      return encode(port, { method: 'POST', path: `${api}/runs/update`, body: { run_uuid: run, run_id: run, status: 'FINISHED', end_time: 1_700_000_060_000 } })
    },
  }
}

function history(port: number, { run, key, pageSize }: Extract<Script, { kind: 'history' }>): Talk {
  const base = `${api}/metrics/get-history?run_id=${run}&run_uuid=${run}&metric_key=${key}`
  const page = (token?: string) => encode(port, {
    method: 'GET',
    path: base + (pageSize === undefined ? '' : `&max_results=${pageSize}`) + (token === undefined ? '' : `&page_token=${encodeURIComponent(token)}`),
  })
  return {
    keep: 'tail',
    first: () => page(),
    next: answer => {
      const token = pageSize === undefined ? null : /"next_page_token": ?"([^"]+)"/.exec(answer.body.toString('latin1'))
      return token === null ? undefined : page(token[1]!)
    },
  }
}

function seedRuns(port: number, take: () => ReturnType<typeof runData> | undefined): Talk {
  let run: ReturnType<typeof runData>
  let id = ''
  let stage = 0
  const post = (path: string, body: unknown) => encode(port, { method: 'POST', path: `${api}/runs/${path}`, body })
  return {
    keep: 'all',
    first: () => {
      const data = take()
      if (data === undefined) return undefined
      run = data
      stage = 0
      return post('create', { experiment_id: '0', run_name: run.name, start_time: run.startTime, tags: run.tags })
    },
    next: answer => {
      stage += 1
      if (stage === 1) {
        id = runIdIn(answer)
        return post('log-batch', { run_id: id, metrics: run.metrics, params: run.params })
      }
      return stage === 2 ? post('update', { run_id: id, status: 'FINISHED', end_time: run.endTime }) : undefined
    },
  }
}
