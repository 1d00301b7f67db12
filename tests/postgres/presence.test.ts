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
    const say = (change: 'ask' | 'left') => there.call(announcePresence, { experiment_id: '0', viewer: 'v1', change, by: 'Ada' })
    // As a page does that goes on looking: the other server may not have heard yet that somebody here wants to know.
    let asking: NodeJS.Timeout | undefined
    try {
      for await (const message of here.live({ experimentIds: ['0'], types: ['presence'], signal: stop.signal })) {
        if (message.type === 'connected') {
          await say('ask')
          asking = setInterval(() => { say('ask').catch(() => {}) }, 2000)
        }
        if (message.type !== 'presence') continue
        clearInterval(asking)
        const what = `${message.data.person} ${message.data.change}`
        if (heard.at(-1) === what) continue
        heard.push(what)
        if (message.data.change === 'left') stop.abort()
        else await say('left')
      }
    } finally {
      clearInterval(asking)
    }
    assert.deepEqual(heard, ['Ada ask', 'Ada left'])
  } finally {
    for (const server of servers) await server.kill()
  }
})
