import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer } from '@cairn/server'
import { readConfig } from '@cairn/server/config'
import { canaryTests } from './canary.ts'

canaryTests('on SQLite', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-canary-server-'))
  const server = await startServer(readConfig({ flags: { port: '0' }, env: { MLFLOW_LOGGING_LEVEL: 'ERROR' }, cwd: folder }))
  return {
    urls: [server.url],
    async [Symbol.asyncDispose]() {
      await server[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true })
    },
  }
})
