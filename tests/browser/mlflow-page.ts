import { createReadStream, existsSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { extname, join, normalize } from 'node:path'
import { pipeline } from 'node:stream/promises'

const types: Record<string, string> = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.json': 'application/json', '.svg': 'image/svg+xml', '.png': 'image/png', '.ico': 'image/x-icon' }

/** MLflow's own web page, as its package carries it in `build`, in front of another server: its files from here, all else from there. */
export async function startMlflowPage(build: string, target: string): Promise<{ url: string; stop(): Promise<void> }> {
  const server = createServer((incoming, outgoing) => {
    const path = decodeURIComponent(new URL(incoming.url!, 'http://x').pathname)
    const file = path === '/' ? 'index.html' : path.startsWith('/static-files/') ? normalize(path.slice('/static-files/'.length)) : undefined
    if (file !== undefined && !file.startsWith('..')) {
      const at = join(build, file)
      if (!existsSync(at)) return void outgoing.writeHead(404).end()
      outgoing.writeHead(200, { 'content-type': `${types[extname(at)] ?? 'application/octet-stream'}; charset=utf-8` })
      return void pipeline(createReadStream(at), outgoing).catch(() => {})
    }
    const { host: _, ...headers } = incoming.headers
    const passed = request(new URL(incoming.url!, target), { method: incoming.method, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers)
      pipeline(answer, outgoing).catch(() => {})
    })
    passed.on('error', () => outgoing.writeHead(502).end())
    pipeline(incoming, passed).catch(() => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => new Promise((resolve) => {
      server.closeAllConnections()
      server.close(() => resolve())
    }),
  }
}
