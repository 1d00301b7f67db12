/** The soak, bounded: few clients for seconds. `npm run soak` does it with hundreds for ten minutes. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { follow, soak, withServer, type Soaked } from './scenes.ts'

const bounded = { clients: 60, perSecond: 10, seconds: 5, pages: 150, pageSeconds: 4, aloneSeconds: 0 }

/** Whatever else the machine does: nothing fails, nothing is lost, and memory does not run away. */
function sound({ errors, missing, memory, latencies, acknowledged }: Soaked): void {
  assert.deepEqual([[...errors], missing], [[], []])
  assert(latencies.count > 100 && acknowledged.size > 0)
  assert(memory.last - memory.middle < 150 && memory.peak < 700, `memory went from ${memory.middle} to ${memory.last} MB, at most ${memory.peak}`)
}

for (const database of ['sqlite', 'postgres'] as const) {
  test(`clients that log and pages that follow them, on ${database}: no error, nothing lost, memory bounded`, () => withServer(database, async (server) => {
    sound(await soak(server, bounded))
    const followed = await follow(server, bounded)
    sound(followed)
    assert.deepEqual([followed.lost, followed.resyncs], [0, 0])
    // Every page hears of its experiment's runs, and not only at the beginning.
    assert(followed.events > followed.pages * 10, `${followed.events} events for ${followed.pages} pages`)
  }))
}
