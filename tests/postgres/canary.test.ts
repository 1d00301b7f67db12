import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startServer } from '@cairn/server'
import { readConfig } from '@cairn/server/config'
import { startPostgres } from '../../tools/postgres.ts'
import { canaryTests } from '../serving/canary.ts'

canaryTests('on PostgreSQL with two tracking servers', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cairn-canary-server-'))
  const postgres = await startPostgres()
  const start = () => startServer(readConfig({ flags: { port: '0' }, env: { MLFLOW_LOGGING_LEVEL: 'ERROR', MLFLOW_BACKEND_STORE_URI: postgres.uri }, cwd: folder }))
  const servers = [await start(), await start()]
  return {
    urls: servers.map(({ url }) => url),
    async [Symbol.asyncDispose]() {
      for (const server of servers) await server[Symbol.asyncDispose]()
      await postgres[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true })
    },
  }
})
