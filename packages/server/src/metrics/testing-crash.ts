// A process to be killed: logs without end, compacts as often as it can, and says which requests
// were acknowledged, a number a line.
import { writeSync } from 'node:fs'
import { openDatabase } from '../platform/db/index.ts'
import { startCompactor } from './compactor.ts'
import { append, crashRequest, testMigrations } from './testing.ts'
import { limits } from './testing-model.ts'

const [path, first] = process.argv.slice(2) as [string, string]
const db = await openDatabase({ at: { kind: 'sqlite', path }, migrations: testMigrations, thread: new URL('./testing-thread.ts', import.meta.url) })
startCompactor(db, { intervalMs: 0, quietMs: 1, segments: 2, bytes: 1, limits })
let next = Number(first)
const lane = async (): Promise<void> => {
  for (;;) {
    const number = next++
    await db.write(append, crashRequest(number))
    say(`${number}\n`)
  }
}

/** Written before anything else happens; a full pipe is waited for. */
function say(text: string): void {
  for (;;) {
    try {
      writeSync(1, text)
      return
    } catch (error) {
      if ((error as { code?: string }).code !== 'EAGAIN') throw error
    }
  }
}

await Promise.all(Array.from({ length: 8 }, lane))
