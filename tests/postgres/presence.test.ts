import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, it } from 'node:test'
import { announcePresence } from '@cairn/protocol'
import { CairnClient } from '@cairn/sdk'
import { startPostgres } from '../../tools/postgres.ts'
import { startServerProcess } from '../crash/server-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'cairn-presence-'))
after(() => rmSync(folder, { recursive: true, force: true }))

it('who looks at a page is seen by those who look at it through another server', { timeout: 60_000 }, async () => {
  await using postgres = await startPostgres()
  const start = () => startServerProcess(folder, { MLFLOW_BACKEND_STORE_URI: postgres.uri })
  const servers = [await start(), await start()]
  try {
    const [here, there] = servers.map(({ url }) => new CairnClient({ url })) as [CairnClient, CairnClient]
    const stop = new AbortController()
    const heard: string[] = []
    for await (const message of here.live({ experimentIds: ['0'], types: ['presence'], signal: stop.signal })) {
      if (message.type === 'connected') await there.call(announcePresence, { experiment_id: '0', viewer: 'v1', change: 'ask', by: 'Ada' })
      if (message.type !== 'presence') continue
      heard.push(`${message.data.person} ${message.data.change}`)
      if (message.data.change === 'left') stop.abort()
      else await there.call(announcePresence, { experiment_id: '0', viewer: 'v1', change: 'left', by: 'Ada' })
    }
    assert.deepEqual(heard, ['Ada ask', 'Ada left'])
  } finally {
    for (const server of servers) await server.kill()
  }
})
