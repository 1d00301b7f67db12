import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { test, type TestContext } from 'node:test'
import { Any, Empty, endpoint } from '@cairn/protocol'
import { networkOf } from './connections.ts'
import { openGate } from './gate.ts'
import { startHttpServer, type HttpOptions } from './server.ts'
import { Reply, route } from './types.ts'

const define = (method: 'GET' | 'POST' | 'PUT', path: string, body: 'json' | 'raw' = 'json') =>
  endpoint({ name: path, method, api: 'root', path, group: 'test', summary: '', request: Empty, response: Any, body })

const routes = [
  route(define('GET', '/hello'), () => ({ hello: 'world' })),
  route(define('POST', '/hello'), () => ({})),
  route(define('POST', '/refuse', 'raw'), () => new Reply({ status: 409, body: 'no' })),
  route(define('PUT', '/count/{name*}', 'raw'), async (_input, context) => ({ bytes: (await text(context.body)).length })),
  route(define('GET', '/broken'), () => { throw new Error('a secret') }),
]

async function start(t: TestContext, options: Partial<HttpOptions> = {}) {
  const logged: string[] = []
  const server = await startHttpServer({
    routes, gate: openGate, staticPrefix: '', bodyLimit: 1000, now: Date.now,
    security: { allowedHosts: [], corsAllowedOrigins: [], xFrameOptions: 'SAMEORIGIN', disabled: false },
    log: { debug() {}, info(message, fields) { logged.push(`${message} ${JSON.stringify(fields)}`) }, warn() {}, error(message, fields) { logged.push(`${message} ${JSON.stringify(fields)}`) } },
    ...options,
  }, { host: '127.0.0.1', port: 0 })
  t.after(() => server[Symbol.asyncDispose]())
  return { server, logged, socket: (): Socket => connect(server.port, '127.0.0.1') }
}

/** All that comes back on one connection until the server closes it. */
const everything = async (socket: Socket): Promise<string> => text(socket)

test('answers HEAD without a body, and what is unknown with its reason', async (t) => {
  const { server } = await start(t)
  const head = await fetch(`${server.url}/hello`, { method: 'HEAD' })
  assert.deepEqual([head.status, head.headers.get('content-length'), await head.text()], [200, '17', ''])
  const wrong = await fetch(`${server.url}/hello`, { method: 'PUT' })
  assert.deepEqual([wrong.status, wrong.headers.get('allow')], [405, 'GET, POST'])
  assert.equal((await fetch(`${server.url}/nowhere`)).status, 404)
  assert.equal((await fetch(`${server.url}/%zz`)).status, 400)
})

test('the host that a proxy tells of counts where the proxy is trusted, and from nobody else', async (t) => {
  const told = [route(define('GET', '/host'), (_input, { host, origin }) => ({ host, origin }))]
  for (const [trustedProxies, host] of [[[], undefined], [['10.0.0.7'], undefined], [['127.0.0.1'], 'cairn.example.com']] as const) {
    const { server } = await start(t, { routes: told, trustedProxies })
    const answer = await (await fetch(`${server.url}/host`, { headers: { 'x-forwarded-host': 'cairn.example.com, other.example' } })).json()
    assert.deepEqual(answer, { host: host ?? `127.0.0.1:${server.port}`, origin: `http://${host ?? `127.0.0.1:${server.port}`}` })
  }
})

test('what went wrong inside is told to the log, and to the caller only by an id', async (t) => {
  const { server, logged } = await start(t)
  const answer = await fetch(`${server.url}/broken`)
  const body = await answer.text()
  assert.equal(answer.status, 500)
  assert.doesNotMatch(body, /secret/)
  assert.match(logged[0]!, /a secret/)
  assert.ok(logged[0]!.includes(/request id ([\w-]+)/.exec(body)![1]!))
})

test('with an access log each request is a line, by the id that its answer tells, and no secret of its address', async (t) => {
  const { server, logged } = await start(t, { accessLog: true })
  const lines = () => logged.filter((line) => line.startsWith('request ')).map((line) => JSON.parse(line.slice(8)) as Record<string, unknown>)
  const hello = await fetch(`${server.url}/hello?token=secret`, { headers: { 'user-agent': 'tester' } })
  await hello.text()
  const broken = await fetch(`${server.url}/broken`, { headers: { 'x-request-id': 'from-the-proxy-1' } })
  assert.match(await broken.text(), /request id from-the-proxy-1/)
  const lost = await fetch(`${server.url}/nowhere`, { headers: { 'x-request-id': 'no id: "\\u0000' } })
  await lost.text()
  for (let wait = 0; lines().length < 3; wait += 1) {
    assert.ok(wait < 500)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  const [first, second, third] = lines()
  assert.deepEqual([first!['requestId'], first!['method'], first!['path'], first!['status'], first!['agent'], first!['address'], first!['principal']], [hello.headers.get('x-request-id'), 'GET', '/hello', 200, 'tester', '127.0.0.1', 'anonymous'])
  assert.deepEqual([second!['requestId'], second!['status'], broken.headers.get('x-request-id')], ['from-the-proxy-1', 500, 'from-the-proxy-1'])
  assert.deepEqual([third!['endpoint'], third!['path'], third!['status']], ['none', '/nowhere', 404])
  assert.match(lost.headers.get('x-request-id')!, /^[\w-]+$/)
  assert.doesNotMatch(logged.filter((line) => line.startsWith('request ')).join(), /secret/)
})

test('a body that nobody read is not taken for the next request', async (t) => {
  const { socket } = await start(t)
  const inner = 'GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n'
  const one = socket()
  one.end(`POST /refuse HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${inner.length}\r\n\r\n${inner}GET /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
  assert.deepEqual((await everything(one)).match(/HTTP\/1\.1 \d+/g), ['HTTP/1.1 409', 'HTTP/1.1 200'])
})

test('a body that hardly moves ends its connection; one that moves may take its time', async (t) => {
  const { socket } = await start(t, { slowRequestMs: 300 })
  const dribble = async (path: string, bytes: number): Promise<string> => {
    const client = socket()
    client.write(`PUT ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${bytes * 12}\r\nConnection: close\r\n\r\n`)
    const timer = setInterval(() => client.write('x'.repeat(bytes)), 100)
    client.on('error', () => {})
    const answer = await everything(client).catch(() => '')
    clearInterval(timer)
    return answer
  }
  const [slow, quick] = await Promise.all([dribble('/count/slow', 1), dribble('/count/quick', 8000)])
  assert.equal(slow, '')
  assert.match(quick, /"bytes":96000/)
})

test('a head that does not come ends its connection, and so does one on which nothing is asked', async (t) => {
  const { socket } = await start(t, { slowRequestMs: 300 })
  const silent = socket()
  const dribbling = socket()
  dribbling.write('GET /hello HTTP/1.1\r\nHost: localhost\r\nX-Long: ')
  const timer = setInterval(() => dribbling.write('x'), 20)
  for (const client of [silent, dribbling]) client.on('error', () => {})
  const [nothing, cut] = await Promise.all([silent, dribbling].map((client) => everything(client).catch(() => '')))
  clearInterval(timer)
  for (const answer of [nothing!, cut!]) assert.match(answer, /^$|^HTTP\/1\.1 408 /)
})

test('a client that reads nothing of its answer loses its connection, and what was read for it ends', async (t) => {
  let ended = (): void => {}
  const over = new Promise<void>((resolve) => { ended = resolve })
  async function* much(): AsyncGenerator<Buffer> {
    try {
      for (let piece = 0; piece < 10_000; piece += 1) yield Buffer.alloc(65_536)
    } finally {
      ended()
    }
  }
  const { socket } = await start(t, { silentMs: 200, routes: [route(define('GET', '/much'), () => new Reply({ body: Readable.from(much()) }))] })
  const client = socket()
  client.on('error', () => {})
  client.pause()
  client.write('GET /much HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await over
  client.destroy()
})

test('below a static prefix only what clients forget it for answers without it', async (t) => {
  const { server } = await start(t, { staticPrefix: '/team/cairn' })
  const base = `http://127.0.0.1:${server.port}`
  assert.equal((await fetch(`${base}/team/cairn/hello`)).status, 200)
  for (const path of ['/hello', '/team/cairnhello', '/team/hello']) assert.equal((await fetch(base + path)).status, 404, path)
})

test('closing does not wait for a connection on which nothing was asked', async () => {
  const quiet = { debug() {}, info() {}, warn() {}, error() {} }
  const server = await startHttpServer({
    routes, gate: openGate, staticPrefix: '', bodyLimit: 1000, now: Date.now, log: quiet, closingMs: 600_000,
    security: { allowedHosts: [], corsAllowedOrigins: [], xFrameOptions: 'SAMEORIGIN', disabled: false },
  }, { host: '127.0.0.1', port: 0 })
  const socket = connect(server.port, '127.0.0.1')
  await once(socket, 'connect')
  // Both ends know of it when another connection that came later was answered.
  await (await fetch(`${server.url}/hello`)).text()
  await server[Symbol.asyncDispose]()
  socket.destroy()
})

test('closing answers what is under way and keeps no connection', async () => {
  let release = (): void => {}
  const waiting = new Promise<void>((resolve) => { release = resolve })
  const server = await startHttpServer({
    routes: [route(define('GET', '/slow'), async () => { await waiting; return { late: true } })], gate: openGate, staticPrefix: '', bodyLimit: 1000, now: Date.now,
    security: { allowedHosts: [], corsAllowedOrigins: [], xFrameOptions: 'SAMEORIGIN', disabled: false },
    log: { debug() {}, info() {}, warn() {}, error() {} },
  }, { host: '127.0.0.1', port: 0 })
  const asked = fetch(`${server.url}/slow`)
  await new Promise((resolve) => setTimeout(resolve, 100))
  const closed = server[Symbol.asyncDispose]()
  release()
  assert.deepEqual(await (await asked).json(), { late: true })
  await closed
  await assert.rejects(fetch(`${server.url}/slow`))
})

test('a client is an address of IPv4, or a network of IPv6 in which addresses are free to choose', () => {
  for (const [address, network] of [
    ['10.1.2.3', '10.1.2.3'], ['::ffff:10.1.2.3', '10.1.2.3'], ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'], ['2001:db8:1:2::9', '2001:db8:1:2'], ['2001:DB8::9', '2001:db8:0:0'],
    ['2001:0db8:0:0002:a:b:c:d', '2001:db8:0:2'], ['::1', '0:0:0:0'], ['fe80::1%eth0', 'fe80:0:0:0'],
  ] as const) assert.equal(networkOf(address), network, address)
})
