import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it, test } from 'node:test'
import { createOutbound, isPublicAddress, OutboundRefused } from './index.ts'

test('addresses set apart for special purposes are not public, in whatever notation they hide', () => {
  for (const address of [
    '127.0.0.1', '10.1.2.3', '172.31.0.1', '192.168.0.1', '169.254.169.254', '100.64.0.1', '0.0.0.0', '224.0.0.1', '255.255.255.255', '198.18.0.1',
    '::', '::1', 'fe80::1', 'fe80::1%eth0', 'fc00::1', 'fd12::1', 'ff02::1', '2001:db8::1', '2001::1', '::ffff:127.0.0.1', '::ffff:7f00:1', '::ffff:0:127.0.0.1',
    '::127.0.0.1', '64:ff9b::10.0.0.1', '64:ff9b:1::1', '2002:7f00:1::', '2002:a9fe:a9fe::1', 'not an address', '',
  ]) assert.equal(isPublicAddress(address), false, address)
  for (const address of ['8.8.8.8', '1.1.1.1', '172.32.0.1', '2606:4700::1111', '::ffff:8.8.8.8', '64:ff9b::8.8.8.8', '2002:808:808::1']) {
    assert.equal(isPublicAddress(address), true, address)
  }
})

const reasonOf = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise
  } catch (error) {
    if (error instanceof OutboundRefused) return error.reason
    throw error
  }
  return 'none'
}

test('a URL is refused for its scheme, for having no host, and for any address that is not public', async () => {
  const addresses: Record<string, string[]> = { 'public.example': ['8.8.8.8'], 'mixed.example': ['8.8.8.8', '10.0.0.1'], 'none.example': [] }
  const outbound = createOutbound({
    allowedSchemes: ['https'], allowPrivate: false,
    resolve: async (host) => {
      const found = addresses[host]
      if (!found) throw new Error('ENOTFOUND')
      return found
    },
  })
  for (const [url, reason] of [
    ['https://public.example/x', 'none'], ['http://public.example', 'scheme'], ['file:///etc/passwd', 'scheme'], ['gopher://x', 'scheme'], ['//x', 'scheme'], ['', 'scheme'],
    ['https://', 'host'], ['https:///x', 'host'], ['https:/x', 'host'], ['https:x', 'host'], ['https://[', 'host'], ['https://[::1', 'url'], ['https://public.example:99999', 'url'], ['https://mixed.example', 'address'], ['https://none.example', 'resolve'], ['https://unknown.example', 'resolve'],
    ['https://127.0.0.1/', 'address'], ['https://[::1]:8443/', 'address'], ['https://127.1/', 'address'], ['https://0x7f000001/', 'address'], ['https://2130706433/', 'address'],
    ['https://017700000001/', 'address'], ['https://[::ffff:169.254.169.254]/', 'address'], ['https://localhost', 'resolve'], ['https://user@127.0.0.1', 'address'],
    ['https://public.example@10.0.0.1/', 'address'], ['https://１２７.0.0.1/', 'address'],
  ] as const) {
    assert.equal(await reasonOf(outbound.check(url)), reason, url)
  }
})

describe('a call', () => {
  let server: Server
  let base: string
  before(async () => {
    server = createServer((request, response) => {
      if (request.url === '/redirect') response.writeHead(302, { location: 'http://169.254.169.254/' }).end()
      else if (request.url === '/hang') response.writeHead(200).write('…')
      else if (request.url === '/long') response.end('x'.repeat(100_000))
      else {
        let body = ''
        request.on('data', (piece) => { body += String(piece) })
        request.on('end', () => response.end(`${request.method} ${request.headers.host} ${body}`))
      }
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    base = `http://host.example:${(server.address() as AddressInfo).port}`
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  const outbound = createOutbound({ allowedSchemes: ['http'], allowPrivate: true, resolve: async () => ['127.0.0.1'] })
  const ask = { method: 'GET', timeoutMs: 5000, maxResponseBytes: 1000 } as const

  it('goes to the address that was resolved and names the host that was asked for', async () => {
    const answer = await outbound.send({ ...ask, method: 'POST', url: `${base}/`, body: 'é' })
    assert.equal(answer.status, 200)
    assert.equal(answer.body.toString(), `POST ${base.slice(7)} é`)
  })

  it('resolves once, so that a name cannot turn to another address after the check', async () => {
    let asked = 0
    const rebinding = createOutbound({ allowedSchemes: ['http'], allowPrivate: true, resolve: async () => [asked++ === 0 ? '127.0.0.1' : '192.0.2.1'] })
    assert.equal((await rebinding.send({ ...ask, url: `${base}/` })).status, 200)
    assert.equal(asked, 1)
  })

  it('does not follow redirects', async () => {
    assert.equal((await outbound.send({ ...ask, url: `${base}/redirect` })).status, 302)
  })

  it('cuts a long answer off', async () => {
    const answer = await outbound.send({ ...ask, url: `${base}/long` })
    assert.deepEqual([answer.body.length, answer.truncated], [1000, true])
  })

  it('gives up when the answer or the resolver takes too long, or when it is told to', async () => {
    await assert.rejects(outbound.send({ ...ask, url: `${base}/hang`, timeoutMs: 100 }), /No answer within 0.1 s/)
    const stuck = createOutbound({ allowedSchemes: ['http'], allowPrivate: true, resolve: () => new Promise(() => {}) })
    await assert.rejects(stuck.send({ ...ask, url: base, timeoutMs: 50 }), /No answer/)
    const abort = new AbortController()
    setTimeout(() => abort.abort(), 50)
    await assert.rejects(outbound.send({ ...ask, url: `${base}/hang`, signal: abort.signal }))
  })
})
