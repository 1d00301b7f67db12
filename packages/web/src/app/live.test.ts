import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { LiveMessage } from '@cairn/sdk'
import { LiveConnection } from './live.ts'

/** A stream in the hands of the test: what the server's end of `client.live` would be. */
function open() {
  const opened: { options: Parameters<ConstructorParameters<typeof LiveConnection>[0]['live']>[0]; push(message: LiveMessage, id?: string): void }[] = []
  async function* live(options: NonNullable<Parameters<ConstructorParameters<typeof LiveConnection>[0]['live']>[0]>): AsyncGenerator<LiveMessage> {
    const queue: [message: LiveMessage, id?: string | undefined][] = [[{ type: 'connected', data: { resumed: options.lastEventId !== undefined } }]]
    let wake = (): void => {}
    opened.push({ options, push(message, id) { queue.push([message, id]); wake() } })
    options.signal?.addEventListener('abort', () => wake())
    while (!options.signal?.aborted) {
      while (queue.length > 0) {
        const [message, id] = queue.shift()!
        if (id !== undefined) options.onId?.(id)
        yield message
      }
      await new Promise<void>((resolve) => { wake = resolve })
    }
  }
  return { opened, live }
}

const times = { gatherMs: 5, lingerMs: 60, hiddenMs: 20, ageMs: 30 }
const point = (run_id: string): LiveMessage => ({ type: 'points', data: { experiment_id: '1', run_id, points: [] } })
const stack = new DisposableStack()
after(() => stack.dispose())

function start() {
  const server = open()
  return { ...server, connection: stack.use(new LiveConnection(server as never, times)) }
}
const heard = (into: string[]) => (message: LiveMessage): void => void into.push(message.type === 'connected' ? `connected ${String(message.data.resumed)}` : message.type)

test('all parts of a page share one stream, and each hears what concerns it', async () => {
  const { connection, opened } = start()
  const a: string[] = []
  const b: string[] = []
  connection.listen({ runIds: ['a'], types: ['points'] }, heard(a))
  connection.listen({ types: ['experiment'] }, heard(b))
  await wait(20)
  assert.equal(opened.length, 1)
  assert.equal(connection.state, 'live')
  opened[0]!.push(point('a'))
  opened[0]!.push({ type: 'experiment', data: { experiment_id: '1', change: 'created' } })
  await wait(5)
  assert.deepEqual([a, b], [['connected false', 'points'], ['connected false', 'experiment']])
})

test('a page that has read everything after an event begins its stream there, and nobody on it reads again', async () => {
  const { connection, opened } = start()
  const a: string[] = []
  const b: string[] = []
  connection.startAt('e-3')
  connection.listen({ runIds: ['a'] }, heard(a))
  await wait(20)
  assert.equal(opened[0]!.options!.lastEventId, 'e-3')
  // Who comes later has read nothing yet.
  connection.listen({ runIds: ['a'], types: ['points'] }, heard(b))
  await wait(20)
  connection.startAt('e-1')
  assert.deepEqual([a, b, opened.length], [['connected true'], ['connected false'], 1])
})

test('a stream that is held opens when it is released, once for all that have come meanwhile, and by itself when nobody does', async () => {
  const { connection, opened } = start()
  const a: string[] = []
  connection.hold()
  connection.listen({ types: ['experiment'] }, () => {})
  await wait(20)
  assert.equal(opened.length, 0)
  connection.startAt('e-9')
  connection.listen({ runIds: ['a'] }, heard(a))
  connection.release()
  await wait(20)
  assert.deepEqual([opened.length, opened[0]!.options!.lastEventId, a], [1, 'e-9', ['connected true']])
  const other = start()
  other.connection.hold(10)
  other.connection.listen({ runIds: ['a'] }, () => {})
  await wait(60)
  assert.equal(other.opened.length, 1)
})

test('a part that wants more opens the stream again after the last event, and the others have missed nothing', async () => {
  const { connection, opened } = start()
  const a: string[] = []
  const b: string[] = []
  connection.listen({ runIds: ['a'] }, heard(a))
  await wait(20)
  opened[0]!.push(point('a'), 'e-7')
  connection.listen({ runIds: ['b'] }, heard(b))
  await wait(20)
  assert.equal(opened.length, 2)
  assert.equal(opened[1]!.options!.lastEventId, 'e-7')
  assert.deepEqual(opened[1]!.options!.runIds, ['a', 'b'])
  assert.deepEqual([a, b], [['connected false', 'points', 'connected true'], ['connected false']])
})

test('whoever comes to a stream that brings already what it wants is told at once', async () => {
  const { connection, opened } = start()
  connection.listen({ types: ['experiment', 'registry'] }, () => {})
  await wait(20)
  const late: string[] = []
  connection.listen({ types: ['registry'] }, heard(late))
  await wait(20)
  assert.equal(opened.length, 1)
  assert.deepEqual(late, ['connected false'])
})

test('a stream that brings more than is wanted is narrowed after a while', async () => {
  const { connection, opened } = start()
  connection.listen({ types: ['experiment'] }, () => {})
  const leave = connection.listen({ runIds: ['a'] }, () => {})
  await wait(20)
  leave()
  await wait(30)
  assert.equal(opened.length, 1)
  await wait(200)
  assert.deepEqual(opened.at(-1)!.options!.types, ['experiment'])
  assert.equal(opened.length, 2)
})

test('a page that nobody looks at gives its connection up, and goes on where it was', async () => {
  const { connection, opened } = start()
  connection.listen({ types: ['experiment'] }, () => {})
  await wait(20)
  opened[0]!.push({ type: 'experiment', data: { experiment_id: '1', change: 'created' } }, 'e-3')
  connection.setHidden(true)
  await wait(40)
  assert.equal(connection.state, 'paused')
  assert.ok(opened[0]!.options!.signal!.aborted)
  connection.setHidden(false)
  await wait(20)
  assert.equal(opened[1]!.options!.lastEventId, 'e-3')
  assert.equal(connection.state, 'live')
})

test('after a gap the page is behind until it has read again', async () => {
  const { connection, opened } = start()
  connection.listen({ types: ['experiment'] }, () => {})
  await wait(20)
  opened[0]!.push({ type: 'resync', data: { reason: 'gone' } })
  await wait(5)
  assert.equal(connection.state, 'behind')
  connection.caughtUp()
  assert.equal(connection.state, 'live')
})

test('whoever comes back goes on where it left, and nobody else hears again what was missed', async () => {
  const { connection, opened } = start()
  const table: string[] = []
  const frame: string[] = []
  connection.listen({ types: ['run'] }, heard(frame))
  const leave = connection.listen({ experimentIds: ['1'], types: ['points'] }, heard(table), 'table')
  await wait(20)
  opened[0]!.push(point('a'), 'e-7')
  await wait(5)
  leave()
  opened[0]!.push({ type: 'run', data: { experiment_id: '1', run_id: 'a', info: {} as never } }, 'e-9')
  await wait(5)
  connection.listen({ experimentIds: ['1'], types: ['points'] }, heard(table), 'table')
  await wait(20)
  const { lastEventId, mostMissed } = opened[1]!.options!
  assert.deepEqual([opened.length, lastEventId, mostMissed], [2, 'e-7', 500])
  opened[1]!.push(point('a'), 'e-8')
  opened[1]!.push({ type: 'run', data: { experiment_id: '1', run_id: 'a', info: {} as never } }, 'e-9')
  opened[1]!.push(point('a'), 'e-10')
  opened[1]!.push({ type: 'run', data: { experiment_id: '1', run_id: 'a', info: {} as never } }, 'e-11')
  await wait(5)
  assert.deepEqual(table, ['connected false', 'points', 'connected true', 'points', 'points'])
  assert.deepEqual(frame, ['connected false', 'run', 'connected true', 'run'])
})

test('whoever comes back while nothing has happened opens no other stream', async () => {
  const { connection, opened } = start()
  const table: string[] = []
  const interest = { experimentIds: ['1'], types: ['points' as const] }
  const leave = connection.listen(interest, heard(table), 'table')
  connection.listen({ types: ['run'] }, () => {})
  await wait(20)
  opened[0]!.push(point('a'), 'e-7')
  await wait(5)
  leave()
  connection.listen(interest, heard(table), 'table')
  await wait(20)
  assert.deepEqual([opened.length, table], [1, ['connected false', 'points', 'connected true']])
})

test('whoever comes back to too much reads again, alone', async () => {
  const { connection, opened } = start()
  const table: string[] = []
  const frame: string[] = []
  connection.listen({ types: ['run'] }, heard(frame))
  const interest = { experimentIds: ['1'], types: ['points' as const] }
  connection.listen(interest, heard(table), 'table')()
  connection.readAt('e-2', ['table'])
  await wait(20)
  opened[0]!.push({ type: 'run', data: { experiment_id: '1', run_id: 'a', info: {} as never } }, 'e-9')
  await wait(5)
  connection.listen(interest, heard(table), 'table')
  await wait(20)
  assert.equal(opened[1]!.options!.lastEventId, 'e-2')
  opened[1]!.push({ type: 'resync', data: { reason: 'more was missed than is asked for' } }, 'e-20')
  await wait(20)
  const { lastEventId, mostMissed } = opened[2]!.options!
  assert.deepEqual([opened.length, lastEventId, mostMissed], [3, 'e-9', undefined])
  opened[2]!.push({ type: 'run', data: { experiment_id: '1', run_id: 'a', info: {} as never } }, 'e-10')
  opened[2]!.push(point('a'), 'e-11')
  await wait(5)
  assert.deepEqual(table, ['connected true', 'resync', 'connected true', 'points'])
  assert.deepEqual(frame, ['connected false', 'run', 'connected true', 'connected true', 'run'])
  assert.equal(connection.state, 'live')
})

test('a stream that broke is tried again at once when the network is back', async () => {
  const { connection, opened } = start()
  connection.listen({ types: ['experiment'] }, () => {})
  await wait(20)
  connection.retry()
  opened[0]!.push({ type: 'experiment', data: { experiment_id: '1', change: 'created' } }, 'e-3')
  opened[0]!.push({ type: 'offline', data: { error: new Error('no network') } })
  await wait(5)
  assert.deepEqual([connection.state, opened.length], ['offline', 1])
  connection.retry()
  await wait(5)
  assert.deepEqual([connection.state, opened.length, opened[1]!.options!.lastEventId], ['live', 2, 'e-3'])
})

test('how long what comes was on its way is told, and when the server was heard last', async () => {
  const server = open()
  let clock = 1_000_000
  const connection = stack.use(new LiveConnection(server as never, times, () => clock))
  let told = 0
  connection.watch(() => { told += 1 })
  connection.listen({ types: ['points'] }, () => {})
  await wait(20)
  const { onHeard } = server.opened[0]!.options!
  // Its clock is an hour ahead.
  onHeard!({ at: 4_600_001, askedAt: clock - 2 })
  assert.deepEqual(connection.freshness, { lagMs: 1, heardAt: 1_000_000 })
  told = 0
  for (const lag of [40, 7, 12]) {
    clock += 100
    onHeard!({ at: clock + 3_600_002 - lag })
  }
  assert.equal(told, 0)
  await wait(60)
  assert.deepEqual([connection.freshness, told], [{ lagMs: 12, heardAt: 1_000_300 }, 1])
  // Without a clock it is only heard.
  clock += 5000
  onHeard!({})
  server.opened[0]!.push({ type: 'offline', data: { error: undefined } })
  await wait(5)
  assert.deepEqual([connection.state, connection.freshness], ['offline', { lagMs: 12, heardAt: 1_005_300 }])
})

test('a network that is said to be gone has the stream opened anew, which says whether it is', async () => {
  const { connection, opened } = start()
  connection.listen({ types: ['points'] }, () => {})
  await wait(20)
  connection.check()
  await wait(20)
  assert.equal(opened.length, 2)
  assert.equal(opened[0]!.options!.signal!.aborted, true)
})
