import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { LiveMessage } from '@cairn/sdk'
import { LiveConnection } from './live.ts'

/** A stream in the hands of the test: what the server's end of `client.live` would be. */
function open() {
  const opened: { options: Parameters<ConstructorParameters<typeof LiveConnection>[0]['live']>[0]; push(message: LiveMessage, id?: string): void }[] = []
  async function* live(options: NonNullable<Parameters<ConstructorParameters<typeof LiveConnection>[0]['live']>[0]>): AsyncGenerator<LiveMessage> {
    const queue: LiveMessage[] = [{ type: 'connected', data: { resumed: options.lastEventId !== undefined } }]
    let wake = (): void => {}
    opened.push({ options, push(message, id) { queue.push(message); if (id !== undefined) options.onId?.(id); wake() } })
    options.signal?.addEventListener('abort', () => wake())
    while (!options.signal?.aborted) {
      while (queue.length > 0) yield queue.shift()!
      await new Promise<void>((resolve) => { wake = resolve })
    }
  }
  return { opened, live }
}

const times = { gatherMs: 5, lingerMs: 60, hiddenMs: 20 }
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
