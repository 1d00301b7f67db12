import assert from 'node:assert/strict'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, it } from 'node:test'
import { getExperiment } from '@cairn/protocol'
import { ApiError, NetworkError, Transport, type TransportOptions } from './index.ts'

/** A server that answers as a test wants, which the real one does not do on request. */
async function withAnswers(answer: (response: ServerResponse, attempt: number, request: IncomingMessage) => void, work: (transport: (options?: Partial<TransportOptions>) => Transport, attempts: () => number) => Promise<void>): Promise<void> {
  let attempts = 0
  const http = createServer((request, response) => answer(response, attempts += 1, request))
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
  try {
    await work((options) => new Transport({ url, backoffMs: 1, ...options }), () => attempts)
  } finally {
    // One that was on its way when its request was given up would keep the server open.
    http.on('connection', (socket) => socket.destroy())
    http.closeAllConnections()
    await new Promise((resolve) => http.close(resolve))
  }
}

const experiment = '{"experiment":{"experiment_id":"1","name":"NaN"}}'
const get = { experiment_id: '1' }

describe('a request', () => {
  it('waits as long as Retry-After asks, not longer', () => withAnswers((response, attempt) => {
    if (attempt === 1) response.writeHead(429, { 'retry-after': '1' }).end()
    else response.end(experiment)
  }, async (transport) => {
    const begun = performance.now()
    await transport({ backoffMs: 30_000 }).call(getExperiment, get)
    const tookMs = performance.now() - begun
    assert.ok(tookMs >= 990 && tookMs < 15_000, `${tookMs} ms`)
  }))

  it('is given up after the time limit, and asked again', () => withAnswers((response, _attempt, request) => {
    if (request.headers['x-answer'] !== undefined) response.end(experiment)
  }, async (transport) => {
    await assert.rejects(transport({ timeoutMs: 50, retries: 1 }).call(getExperiment, get), (error) => error instanceof NetworkError && error.attempts === 2 && /no answer in 50 ms/.test(error.message))
    // A tag or a name that says NaN is text.
    assert.equal((await transport({ headers: { 'x-answer': 'please' } }).call(getExperiment, get)).experiment.name, 'NaN')
  }))

  it('is asked again when its answer breaks off', () => withAnswers((response, attempt) => {
    response.writeHead(200, { 'content-length': experiment.length })
    if (attempt > 1) return void response.end(experiment)
    response.write(experiment.slice(0, 10))
    setTimeout(() => response.destroy(), 20)
  }, async (transport, attempts) => {
    assert.equal((await transport().call(getExperiment, get)).experiment.experiment_id, '1')
    assert.equal(attempts(), 2)
  }))

  it('whose answer is a stream may take longer than the limit once it has begun', () => withAnswers((response) => {
    response.write('be')
    setTimeout(() => response.end('gun'), 200)
  }, async (transport) => {
    assert.equal(await (await transport({ timeoutMs: 100 }).send('file', '/file', {})).text(), 'begun')
  }))

  it('is not repeated when the server refuses it, or is no tracking server', () => withAnswers((response, attempt) => {
    if (attempt === 1) response.writeHead(400).end('{"error_code":"INVALID_PARAMETER_VALUE","message":"no"}')
    else response.end('<html>hello</html>')
  }, async (transport, attempts) => {
    await assert.rejects(transport().call(getExperiment, get), (error) => error instanceof ApiError && error.code === 'INVALID_PARAMETER_VALUE' && error.message === 'no')
    await assert.rejects(transport().call(getExperiment, get), /is no JSON: is http.* a tracking server\?/)
    assert.equal(attempts(), 2)
  }))

  it('ends with the reason of its signal, while it waits too', () => withAnswers((response) => {
    response.writeHead(503).end()
  }, async (transport) => {
    await assert.rejects(transport({ backoffMs: 60_000 }).call(getExperiment, get, { signal: AbortSignal.timeout(50) }), { name: 'TimeoutError' })
  }))

  it('carries the credentials of the options, and those of the address nowhere else', () => withAnswers((response, _attempt, request) => {
    response.end(JSON.stringify({ experiment: { name: request.headers.authorization } }))
  }, async (transport) => {
    const { url } = transport()
    const inAddress = transport({ url: url.replace('//', '//ann:p%40ss@') })
    assert.equal(inAddress.url, url)
    assert.equal((await inAddress.call(getExperiment, get)).experiment.name, `Basic ${btoa('ann:p@ss')}`)
    assert.equal((await transport({ token: 't' }).call(getExperiment, get)).experiment.name, 'Bearer t')
  }))
})
