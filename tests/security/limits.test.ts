import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { startServerProcess, type ServerProcess } from '../crash/server-process.ts'
import { ask, exchange, outcome, post, type Answer } from './wire.ts'

/* Requests that are too much: each is refused soon, by name, in bounded memory, and the server goes on. */

let folder: string
let server: ServerProcess
let runId: string
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cairn-limits-'))
  server = await startServerProcess(folder)
  const { run } = JSON.parse((await post(server.url, '/api/2.0/mlflow/runs/create', { experiment_id: '0' })).body) as { run: { info: { run_id: string } } }
  runId = run.info.run_id
})
after(async () => {
  assert.equal((await ask(server.url, '/health')).status, 200)
  await server[Symbol.asyncDispose]()
  await rm(folder, { recursive: true })
})

const invalid = '400 INVALID_PARAMETER_VALUE'
const residentMb = (): number => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))![1]) / 1024
const setTag = '/api/2.0/mlflow/runs/set-tag'
const search = '/api/2.0/mlflow/runs/search'

/** Far from what a minute of MLflow's takes, far above what a busy machine needs. */
async function soon(work: Promise<Answer>, ms = 5000): Promise<Answer> {
  const start = performance.now()
  const answer = await work
  assert.ok(performance.now() - start < ms, `took ${Math.round(performance.now() - start)} ms`)
  return answer
}

describe('bodies', () => {
  test('a gzip bomb of 512 MB is refused without being unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(512 * 2 ** 20))
    const before = residentMb()
    const answer = await post(server.url, setTag, bomb, { 'Content-Encoding': 'gzip' })
    assert.equal(outcome(answer), '413 REQUEST_TOO_LARGE')
    assert.ok(residentMb() - before < 150, `${before} → ${residentMb()} MB`)
  })

  test('a tag of 100 MB is refused before it is read, by length or in chunks', async () => {
    const before = residentMb()
    const declared = await exchange(server.url, `POST ${setTag} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${100 * 2 ** 20}\r\n\r\n{"value":"`)
    assert.equal(outcome(declared), '413 REQUEST_TOO_LARGE')
    const chunk = `100000\r\n${'v'.repeat(0x100000)}\r\n`
    const chunked = await exchange(server.url, `POST ${setTag} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n${chunk.repeat(100)}0\r\n\r\n`)
    assert.ok(chunked.status === 413 || chunked.status === 0, String(chunked.status))
    assert.ok(residentMb() - before < 200, `${before} → ${residentMb()} MB`)
  })

  for (const encoding of ['br', 'zstd', 'compress', 'gzip, gzip', 'constructor', '__proto__', 'toString', '']) {
    test(`a body with Content-Encoding "${encoding}" is refused`, async () => {
      const answer = await post(server.url, setTag, { run_id: runId, key: 'encoded', value: 'x' }, { 'Content-Encoding': encoding })
      assert.equal(outcome(answer), invalid)
    })
  }

  test('what is not the gzip that it says it is, or ends early, is refused', async () => {
    const whole = gzipSync('{"a":1}')
    for (const bytes of [Buffer.from('{"a":1}'), whole.subarray(0, 12), Buffer.alloc(0)]) {
      assert.equal(outcome(await post(server.url, setTag, bytes, { 'Content-Encoding': 'gzip' })), invalid)
    }
  })

  test('nesting of 200,000 levels is refused', async () => {
    for (const body of ['['.repeat(200_000), `${'{"a":'.repeat(200_000)}1${'}'.repeat(200_000)}`, `{"run_id":${'['.repeat(200_000)}${']'.repeat(200_000)}}`]) {
      assert.equal(outcome(await soon(post(server.url, setTag, body))), invalid)
    }
    const deep = await soon(post(server.url, '/graphql', `{"query":"{__typename}","variables":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`))
    assert.notEqual(deep.status, 500)
  })
})

describe('texts whose parts could be told apart in many ways', () => {
  const digits = `${'1'.repeat(200_000)}x`
  test('that are no number are refused at once: a value, a metric of a filter, an item of a list', async () => {
    assert.equal(outcome(await soon(post(server.url, '/api/2.0/mlflow/runs/log-metric', { run_id: runId, key: 'k', value: digits, timestamp: 1 }))), invalid)
    assert.equal(outcome(await soon(post(server.url, '/api/2.0/mlflow/logged-models/search', { experiment_ids: ['0'], filter: `metrics.loss > ${digits.slice(-90_000)}` }))), invalid)
    assert.equal(outcome(await soon(post(server.url, '/api/2.0/mlflow/runs/search', { experiment_ids: ['0'], filter: `attributes.run_id IN (${digits.slice(-90_000)})` }))), invalid)
  })

  test('a range of blanks is none', async () => {
    const file = '/api/2.0/mlflow-artifacts/artifacts/0/range.txt'
    assert.equal((await ask(server.url, file, { method: 'PUT', body: '0123456789' })).status, 200)
    assert.equal((await soon(ask(server.url, file, { headers: { Range: `bytes=${' '.repeat(60_000)}x` } }))).status, 200)
    for (const [range, status] of [['bytes = 2 - 3 ', 206], ['bytes=-2', 206], ['bytes=5-', 206], ['bytes=-', 200], ['bytes=1 2-3', 200]] as const) assert.equal((await ask(server.url, file, { headers: { Range: range } })).status, status, range)
  })

  test('the source of a version that hides its meaning behind encodings of encodings is refused for its length, and writers go on', async () => {
    await post(server.url, '/api/2.0/mlflow/registered-models/create', { name: 'long' })
    const refused = post(server.url, '/api/2.0/mlflow/model-versions/create', { name: 'long', source: `s3://bucket/%${'25'.repeat(200_000)}` })
    assert.equal(outcome(await soon(post(server.url, setTag, { run_id: runId, key: 'meanwhile', value: 'x' }))), '200')
    assert.equal(outcome(await soon(refused)), invalid)
  })
})

describe('searches', () => {
  test('an IN list of 100,000, 2,000 sort keys and a huge max_results are refused soon', async () => {
    const list = Array.from({ length: 100_000 }, (_, index) => `'${index}'`).join(',')
    for (const body of [
      { experiment_ids: ['0'], filter: `attributes.run_id IN (${list})` },
      { experiment_ids: ['0'], order_by: Array.from({ length: 2000 }, (_, index) => `metrics.m${index} ASC`) },
      { experiment_ids: ['0'], max_results: 2_147_483_647 },
      { experiment_ids: ['0'], filter: `${'('.repeat(100_000)}` },
      { experiment_ids: ['0'], filter: Array.from({ length: 5000 }, (_, index) => `metrics.m${index} > 1`).join(' AND ') },
    ]) assert.equal(outcome(await soon(post(server.url, search, body))), invalid, JSON.stringify(body).slice(0, 80))
    assert.equal(outcome(await soon(post(server.url, '/api/2.0/mlflow/experiments/search', { max_results: 10_000_000 }))), invalid)
    assert.equal(outcome(await soon(ask(server.url, '/api/2.0/mlflow/registered-models/search?max_results=100000000'))), invalid)
  })

  test('text that would hold a backtracking pattern for minutes is compared soon', async () => {
    await post(server.url, setTag, { run_id: runId, key: 'long', value: 'a'.repeat(5000) })
    const answer = await soon(post(server.url, search, { experiment_ids: ['0'], filter: `tags.long LIKE '${'%a'.repeat(30)}%b'` }))
    assert.notEqual(answer.status, 500)
  })
})

describe('values', () => {
  test('two spellings of a field in one request are refused', async () => {
    assert.equal(outcome(await post(server.url, setTag, { run_id: runId, runId: 'other', key: 'k', value: 'v' })), invalid)
  })

  test('where run_id and run_uuid name different runs, run_id alone is read, changed and checked', async () => {
    const other = (JSON.parse((await post(server.url, '/api/2.0/mlflow/runs/create', { experiment_id: '0' })).body) as { run: { info: { run_id: string } } }).run.info.run_id
    assert.equal((await post(server.url, setTag, { run_id: runId, run_uuid: other, key: 'whose', value: 'v' })).status, 200)
    const get = async (query: string): Promise<string> => (await ask(server.url, `/api/2.0/mlflow/runs/get?${query}`)).body
    assert.match(await get(`run_id=${runId}`), /"whose"/)
    assert.doesNotMatch(await get(`run_id=${other}`), /"whose"/)
    assert.match(await get(`run_id=${runId}&run_uuid=${other}`), /"whose"/)
    assert.match((await post(server.url, setTag, { run_id: 'nobody', run_uuid: other, key: 'whose', value: 'v' })).body, /nobody/)
  })

  test('keys that JavaScript gives a meaning are keys like others', async () => {
    for (const key of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      assert.equal((await post(server.url, setTag, { run_id: runId, key, value: 'mine' })).status, 200, key)
    }
    assert.equal((await post(server.url, '/api/2.0/mlflow/runs/log-batch', `{"run_id":"${runId}","__proto__":{"metrics":[1]},"constructor":1,"tags":[{"key":"b","value":"c","__proto__":{"key":"x"}}]}`)).status, 200)
    const { run } = JSON.parse((await ask(server.url, `/api/2.0/mlflow/runs/get?run_id=${runId}`)).body) as { run: { data: { tags: { key: string; value: string }[] } } }
    assert.equal(run.data.tags.find(({ key }) => key === '__proto__')?.value, 'mine')
    assert.equal(run.data.tags.find(({ key }) => key === 'b')?.value, 'c')
  })

  test('NUL, lone surrogates and numbers that no int64 holds are refused', async () => {
    for (const value of ['"a\\u0000b"', '"\\ud800"', '"\\udc00x"']) {
      assert.equal(outcome(await post(server.url, setTag, `{"run_id":"${runId}","key":"k","value":${value}}`)), invalid, value)
    }
    for (const step of ['9223372036854775808', '-9223372036854775809', '1e30', '1.5', '"9223372036854775808"', '"1e3"', 'true']) {
      assert.equal(outcome(await post(server.url, '/api/2.0/mlflow/runs/log-metric', `{"run_id":"${runId}","key":"m","value":1,"timestamp":1,"step":${step}}`)), invalid, step)
    }
  })

  test('a number beyond 2^53 is kept to the last digit', async () => {
    const at = '9007199254740993'
    assert.equal((await post(server.url, '/api/2.0/mlflow/runs/log-metric', `{"run_id":"${runId}","key":"exact","value":1,"timestamp":1,"step":${at}}`)).status, 200)
    const history = await ask(server.url, `/api/2.0/mlflow/metrics/get-history?run_id=${runId}&metric_key=exact`)
    assert.match(history.body, new RegExp(`"step": ?"?${at}\\b`))
  })

  test('an experiment has one name: 02, +0 and 0.0 are no experiments', async () => {
    for (const id of ['00', '02', '%2B0', '0.0', '%200', '0x0', '٠']) {
      const { status } = await ask(server.url, `/api/2.0/mlflow/experiments/get?experiment_id=${encodeURI(decodeURIComponent(id)).replace('+', '%2B')}`)
      assert.ok(status === 400 || status === 404, `${id}: ${status}`)
    }
  })
})

describe('GraphQL', () => {
  const query = async (text: string): Promise<{ data: unknown; errors: string[] | null }> =>
    JSON.parse((await soon(post(server.url, '/graphql', { query: text }))).body)

  test('a flood of aliases, root fields, levels or selections is refused before anything runs', async () => {
    const field = 'test(inputString: "a") { output }'
    for (const [text, words] of [
      [`{ ${Array.from({ length: 11 }, (_, index) => `a${index}: ${field}`).join(' ')} }`, /at most 10 root fields, got 11/],
      [`{ test(inputString: "a") { ${Array.from({ length: 11 }, (_, index) => `a${index}: output`).join(' ')} } }`, /at most 10 aliases, got 11/],
      [`{ ${'test { '.repeat(11)} output ${'} '.repeat(11)} }`, /maximum depth of 10/],
      [`{ test(inputString: "a") { ${'output '.repeat(1001)} } }`, /maximum total selections of 1000/],
      [`{ ...f ...f2 } fragment f on Query { ${Array.from({ length: 6 }, (_, index) => `a${index}: ${field}`).join(' ')} } fragment f2 on Query { ${Array.from({ length: 6 }, (_, index) => `b${index}: ${field}`).join(' ')} }`, /at most 10 root fields, got 12/],
    ] as const) {
      const { data, errors } = await query(text)
      assert.equal(data, null)
      assert.match(errors![0]!, words)
    }
  })

  test('fragments that hold themselves, double themselves or are never used do not hold the server', async () => {
    const doubling = Array.from({ length: 40 }, (_, index) => `fragment f${index} on Query { a: __typename ...f${index + 1} ...f${index + 1} }`).join(' ')
    for (const text of [
      '{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }',
      `{ ...f0 } ${doubling} fragment f40 on Query { __typename }`,
      `{ __typename } fragment unused on Query { ${'__typename '.repeat(9000)} }`,
      `{ __typename } fragment unused on Test { ${'output '.repeat(9000)} }`,
    ]) {
      assert.notEqual((await soon(post(server.url, '/graphql', { query: text }))).status, 500, text.slice(0, 60))
    }
  })

  test('variables of the wrong type are the client\'s mistake, and are named', async () => {
    const text = 'query S($d: MlflowSearchRunsInput!) { mlflowSearchRuns(input: $d) { runs { info { runId } } } }'
    for (const variables of [undefined, null, {}, { d: null }, { d: 1 }, { d: { runViewType: 'NOPE' } }, { d: { nope: 1 } }, { d: { maxResults: 'x' } }, { d: { maxResults: 2 ** 40 } }]) {
      const { data, errors } = JSON.parse((await post(server.url, '/graphql', { query: text, variables })).body) as { data: unknown; errors: string[] }
      assert.equal(data, null)
      assert.match(errors[0]!, /\$d/, JSON.stringify(variables))
    }
  })

  test('a batch of queries and an oversized query are refused', async () => {
    assert.equal(outcome(await post(server.url, '/graphql', [{ query: '{__typename}' }])), invalid)
    assert.equal(outcome(await soon(post(server.url, '/graphql', { query: `{ ${'a '.repeat(1_000_000)} }` }))), invalid)
  })
})

describe('connections', () => {
  test('headers and paths beyond the limit are refused', async () => {
    // The connection may be closed before the answer is read.
    const refused = [0, 400, 414, 431]
    const header = await ask(server.url, '/health', { headers: { 'X-Long': 'a'.repeat(70_000) } })
    const path = await ask(server.url, `/api/2.0/mlflow/runs/get?run_id=${'a'.repeat(200_000)}`)
    assert.ok(refused.includes(header.status) && refused.includes(path.status), `${header.status} ${path.status}`)
  })

  test('requests that two readers would cut apart differently are refused', async () => {
    for (const head of [
      'Content-Length: 4\r\nTransfer-Encoding: chunked', 'Content-Length: 4\r\nContent-Length: 5', 'Transfer-Encoding: xchunked', 'Content-Length: +4', 'Content-Length : 4', 'X: a\nContent-Length: 4',
    ]) {
      const { status } = await exchange(server.url, `POST /graphql HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n${head}\r\n\r\n{}\r\n`)
      assert.equal(status, 400, head)
    }
  })

  test('two hundred connections that never finish their request keep nobody else waiting', async () => {
    const { hostname, port } = new URL(server.url)
    const sockets = Array.from({ length: 200 }, () => {
      const socket = connect({ host: hostname, port: Number(port) })
      socket.on('error', () => {})
      socket.write(`POST ${setTag} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{`)
      return socket
    })
    assert.equal((await soon(post(server.url, setTag, { run_id: runId, key: 'k', value: 'v' }))).status, 200)
    for (const socket of sockets) socket.destroy()
  })
})

describe('a server that takes thirty connections, twenty from one client, and waits a second for requests', () => {
  let data: string
  let small: ServerProcess
  before(async () => {
    data = await mkdtemp(join(tmpdir(), 'cairn-limits-'))
    small = await startServerProcess(data, { CAIRN_MAX_CONNECTIONS: '30', CAIRN_MAX_CONNECTIONS_PER_CLIENT: '20', CAIRN_SLOW_REQUEST_SECONDS: '1', CAIRN_TRUSTED_PROXIES: '127.0.0.9' })
  })
  after(async () => {
    await small[Symbol.asyncDispose]()
    await rm(data, { recursive: true })
  })

  /** How a connection ends that still sends is the luck of the moment: closed, or reset (`once` would take that for an error). */
  const closed = (socket: Socket): Promise<void> => new Promise((resolve) => { socket.once('close', () => resolve()) })

  /** A connection from an address of this machine, which hears live events for as long as it is open. */
  async function open(address: string): Promise<{ socket: Socket; status: number; head: string }> {
    const { hostname, port } = new URL(small.url)
    const socket = connect({ host: hostname, port: Number(port), localAddress: address })
    socket.on('error', () => {})
    socket.write('GET /api/cairn/v1/live HTTP/1.1\r\nHost: localhost\r\n\r\n')
    const [first] = await once(socket, 'data') as [Buffer]
    return { socket, status: Number(first.toString().split(' ')[1]), head: first.toString() }
  }

  test('a client has its share and no more, everybody together what there is, and one that leaves makes room', async () => {
    const held: Socket[] = []
    const take = async (address: string): Promise<number> => {
      const { socket, status, head } = await open(address)
      if (status === 200) held.push(socket)
      else {
        assert.match(head, /^HTTP\/1\.1 503 [\s\S]*Retry-After: 1[\s\S]*"TEMPORARILY_UNAVAILABLE"/)
        await closed(socket)
      }
      return status
    }
    for (let index = 0; index < 20; index += 1) assert.equal(await take('127.0.0.2'), 200, String(index))
    assert.equal(await take('127.0.0.2'), 503)
    for (let index = 0; index < 9; index += 1) assert.equal(await take('127.0.0.3'), 200, String(index))
    // What the operator watches it by, on the last connection that there is.
    assert.match((await ask(small.url, '/metrics')).body, /^cairn_http_connections 30$[\s\S]*^cairn_http_connections_refused_total 1$/m)
    // The server hears of a connection that ended when it hears of it.
    for (let wait = 0; await take('127.0.0.3') !== 200; wait += 1) assert.ok(wait < 1000)
    assert.equal(await take('127.0.0.4'), 503)
    for (const socket of held.splice(0, 25)) socket.destroy()
    // A proxy that is trusted stands for many clients: it may have more than twenty.
    for (let index = 0; held.length < 28; index += 1) {
      assert.ok(index < 1000)
      await take('127.0.0.9')
    }
    for (const socket of held) socket.destroy()
  })

  test('a head and a body that come a byte at a time are cut off, and a connection on which nothing is asked', async () => {
    const { hostname, port } = new URL(small.url)
    for (const start of ['', 'GET /health HTTP/1.1\r\nHost: localhost\r\nX-Slow: ', `POST ${setTag} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100000\r\n\r\n{`]) {
      const socket = connect({ host: hostname, port: Number(port) })
      socket.on('error', () => {})
      socket.resume()
      if (start !== '') socket.write(start)
      const timer = start === '' ? undefined : setInterval(() => socket.write('x'), 50)
      await closed(socket)
      clearInterval(timer)
    }
    assert.equal((await ask(small.url, '/health')).status, 200)
  })
})
