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
export async function startTestServer(options: { folder?: string; port?: number } = {}): Promise<TestServer> {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), 'cairn-sdk-'))
  const server = await startServer(readConfig({ flags: { port: String(options.port ?? 0) }, env: {}, cwd: folder }))
  return {
    url: server.url, port: server.port, folder,
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      if (options.folder === undefined) rmSync(folder, { recursive: true, force: true })
    },
  }
}
