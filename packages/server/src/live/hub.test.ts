import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { LiveEvent } from './events.ts'
import { defaultLiveLimits, LiveHub } from './hub.ts'

const point = (run: string, step: number, value = step): LiveEvent =>
  ({ type: 'points', experiment_id: '1', run_id: run, points: [{ key: 'loss', value, timestamp: 1, step }] })

/** What a client reads until nothing waits any more. */
async function readAll(hub: LiveHub, interest: Parameters<LiveHub['subscribe']>[0], last: string | undefined, during: () => void): Promise<string> {
  const abort = new AbortController()
  const stream = hub.subscribe(interest, last, abort.signal)
  let text = String((await stream.next()).value)
  during()
  setTimeout(() => abort.abort(), 20)
  for await (const piece of stream) text += String(piece)
  return text
}

it('a client hears of its runs and experiments only', async () => {
  const hub = new LiveHub()
  const text = await readAll(hub, { runs: new Set(['a']) }, undefined, () => {
    hub.publish(point('a', 1))
    hub.publish(point('b', 2))
    hub.publish({ type: 'tags', experiment_id: '1', run_id: 'a', tags: [{ key: 'k', value: 'v' }] })
  })
  assert.match(text, /event: points\nid: \w+-1\ndata: \{"experiment_id":"1","run_id":"a","points":\[\{"key":"loss","value":1,"timestamp":1,"step":1\}\]\}\n\n/)
  assert.match(text, /event: tags/)
  assert.doesNotMatch(text, /"run_id":"b"/)
})

it('a client that follows a run may hear of some types from everywhere', async () => {
  const hub = new LiveHub()
  const text = await readAll(hub, { runs: new Set(['a']), types: new Set(['points']), everywhere: new Set(['experiment']) }, undefined, () => {
    hub.publish(point('a', 1))
    hub.publish(point('b', 2))
    hub.publish({ type: 'experiment', experiment_id: '9', change: 'created' })
  })
  assert.match(text, /event: points/)
  assert.match(text, /event: experiment/)
  assert.doesNotMatch(text, /"run_id":"b"/)
})

it('NaN, infinities and large integers arrive as they were logged', async () => {
  const hub = new LiveHub()
  const text = await readAll(hub, {}, undefined, () => {
    hub.publish(point('a', 1, NaN))
    hub.publish(point('a', 1, -Infinity))
    hub.publish({ type: 'points', experiment_id: '1', run_id: 'a', points: [{ key: 'k', value: 1, timestamp: 1, step: 9_007_199_254_740_993n }] })
  })
  assert.match(text, /"value":"NaN".*"value":"-Infinity".*"step":9007199254740993/s)
})

it('a client that comes back gets what it missed, and is told when that is gone', async () => {
  const hub = new LiveHub({ ...defaultLiveLimits, events: 4 })
  await readAll(hub, {}, undefined, () => {})
  hub.publish(point('a', 1))
  const seen = hub.position
  hub.publish(point('a', 2))
  hub.publish(point('a', 3))
  const text = await readAll(hub, {}, seen, () => {})
  assert.deepEqual([...text.matchAll(/"step":(\d)/g)].map((match) => match[1]), ['2', '3'])
  for (let step = 0; step < 20; step += 1) hub.publish(point('a', step))
  assert.match(await readAll(hub, {}, seen, () => {}), /event: resync/)
  assert.match(await readAll(new LiveHub(), {}, seen, () => {}), /event: resync/)
})

it('what happens between the reading of a page and its stream is kept, though nobody listens yet', async () => {
  const hub = new LiveHub()
  const position = hub.expect()
  hub.publish(point('a', 1))
  const text = await readAll(hub, {}, position, () => {})
  assert.deepEqual([...text.matchAll(/"step":(\d)/g)].map((match) => match[1]), ['1'])
})

it('a client that reads too slowly is told to resynchronise and costs bounded memory', async () => {
  const hub = new LiveHub({ ...defaultLiveLimits, clientBytes: 2000 })
  const text = await readAll(hub, {}, undefined, () => {
    for (let step = 0; step < 1000; step += 1) hub.publish(point('a', step))
  })
  assert.match(text, /event: resync\nid: \w+-1000\ndata: \{"reason":"this client reads too slowly"\}/)
  assert.ok(text.length < 4000)
})

it('what happened while nobody watched is not kept, and a client that comes back is told', async () => {
  const hub = new LiveHub({ ...defaultLiveLimits, returnMs: 0 })
  await readAll(hub, {}, undefined, () => hub.publish(point('a', 1)))
  const seen = hub.position
  await new Promise((resolve) => setTimeout(resolve, 10))
  assert.doesNotMatch(await readAll(hub, {}, seen, () => {}), /resync/, 'nothing was missed')
  await new Promise((resolve) => setTimeout(resolve, 10))
  hub.publish(point('a', 2))
  assert.match(await readAll(hub, {}, seen, () => {}), /event: resync/)
})

it('who looks at a page is told to those who listen now, and to nobody who comes back', async () => {
  const hub = new LiveHub()
  const here = (viewer: string): LiveEvent => ({ type: 'presence', experiment_id: '1', viewer, person: '', change: 'here' })
  await readAll(hub, {}, undefined, () => hub.publish(point('a', 1)))
  const seen = hub.position
  hub.publish(here('before'))
  assert.equal(hub.position, seen)
  const text = await readAll(hub, { experiments: new Set(['1']) }, seen, () => hub.publish(here('now')))
  assert.match(text, /event: presence\ndata: \{"experiment_id":"1","viewer":"now","person":"","change":"here"\}\n\n/)
  assert.doesNotMatch(text, /before|resync/)
})

it('a client that would rather read again than hear much is told to', async () => {
  const hub = new LiveHub()
  await readAll(hub, {}, undefined, () => {})
  const seen = hub.position
  for (let step = 0; step < 3; step += 1) hub.publish(point('a', step))
  hub.publish(point('b', 0))
  const ask = async (most: number): Promise<string> => {
    const abort = new AbortController()
    setTimeout(() => abort.abort(), 20)
    let text = ''
    for await (const piece of hub.subscribe({ runs: new Set(['a']) }, seen, abort.signal, most)) text += String(piece)
    return text
  }
  assert.equal([...(await ask(3)).matchAll(/event: points/g)].length, 3)
  const refused = await ask(2)
  assert.match(refused, new RegExp(`event: resync\nid: ${hub.position}\n`))
  assert.doesNotMatch(refused, /event: points/)
})

it('a client that hears of nothing is told how far the events have come', async () => {
  const hub = new LiveHub({ ...defaultLiveLimits, positionMs: 5 })
  const abort = new AbortController()
  const stream = hub.subscribe({ runs: new Set(['a']) }, undefined, abort.signal)
  await stream.next()
  hub.publish(point('b', 1))
  hub.publish(point('b', 2))
  assert.match(String((await stream.next()).value), new RegExp(`^at: \\d+\nid: ${hub.position}\n\n$`))
  hub.publish(point('a', 3))
  assert.match(String((await stream.next()).value), new RegExp(`event: points\nid: ${hub.position}\n`))
  hub.publish(point('b', 4))
  assert.match(String((await stream.next()).value), new RegExp(`^at: \\d+\nid: ${hub.position}\n\n$`))
  abort.abort()
  await stream.return(undefined)
})

it('whatever is said says when, and what was missed says when it was, so that a page can tell how old it is what it shows', async () => {
  let now = 1000
  const hub = new LiveHub(defaultLiveLimits, undefined, () => now)
  await readAll(hub, {}, undefined, () => {})
  const seen = hub.position
  now = 2000
  hub.publish(point('a', 1))
  now = 9000
  const text = await readAll(hub, {}, seen, () => { hub.publish(point('a', 2)) })
  assert.deepEqual([...text.matchAll(/^at: (\d+)\n(event|retry|$)/gm)].map(([, at, what]) => `${at} ${what}`), ['9000 retry', '2000 event', '9000 ', '9000 event'])
})
