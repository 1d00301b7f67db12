import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer } from '@cairn/server'
import { readConfig } from '@cairn/server/config'

export interface TestServer extends AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly folder: string
}

/** A real server on a free port (or the one given) with its data in a temp folder (or the one given). */
export async function startTestServer(options: { folder?: string; port?: number; env?: Record<string, string> } = {}): Promise<TestServer> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'cairn-sdk-'))
  const server = await startServer(readConfig({ flags: { port: String(options.port ?? 0) }, env: options.env ?? {}, cwd: folder }))
  return {
    url: server.url, port: server.port, folder,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true })
    },
  }
}

export interface Gate extends AsyncDisposable {
  readonly url: string
  /** `open` passes requests on; `busy` answers 503, `unknown` 401; `gone` cuts the connection. */
  mode: 'open' | 'busy' | 'unknown' | 'gone'
  /** How long a request waits before it is passed on. */
  delayMs: number
  /** Requests under way now, and the most there ever were. */
  readonly now: { count: number; most: number }
  /** Bodies of log-batch requests, in the order in which they came. */
  readonly batches: { metrics?: { step: number }[] }[]
}

/** A network between a client and a real server, that can fail. */
export async function startGate(target: string): Promise<Gate> {
  const now = { count: 0, most: 0 }
  const batches: Gate['batches'] = []
  const http = createServer((incoming, outgoing) => {
    now.most = Math.max(now.most, now.count += 1)
    outgoing.on('close', () => { now.count -= 1 })
    void (async () => {
      const body = Buffer.concat(await Array.fromAsync(incoming as AsyncIterable<Buffer>))
      if (gate.delayMs > 0) await setTimeout(gate.delayMs)
      if (gate.mode === 'gone') return void incoming.socket.destroy()
      if (gate.mode === 'busy') return void outgoing.writeHead(503, { 'content-type': 'application/json' }).end('{"error_code":"TEMPORARILY_UNAVAILABLE","message":"busy"}')
      if (gate.mode === 'unknown') return void outgoing.writeHead(401).end('Who is it?')
      if (incoming.url!.endsWith('/runs/log-batch')) batches.push(JSON.parse(body.toString()) as Gate['batches'][number])
      const answer = await fetch(target + incoming.url!, {
        method: incoming.method!, headers: { 'content-type': 'application/json' }, ...(body.length > 0 && { body }),
      })
      outgoing.writeHead(answer.status, { 'content-type': 'application/json' }).end(Buffer.from(await answer.arrayBuffer()))
    })().catch(() => incoming.socket.destroy())
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const gate: Gate = {
    url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, mode: 'open', delayMs: 0, now, batches,
    async [Symbol.asyncDispose]() {
      http.closeAllConnections()
      await new Promise((resolve) => http.close(resolve))
    },
  }
  return gate
}
