import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TableRow } from '@cairn/protocol'
import { RowStore, windowRows, withPoints, type Ask } from './row-store.ts'

const run = (index: number, columns: number): TableRow => ({ run_id: `r${index}`, run_name: `run ${index}`, experiment_id: '1', user_id: '', status: 'FINISHED', start_time: index, children: 0, values: Array.from({ length: columns }, (_, at) => index * 10 + at) })

/** A server of so many runs, and what it was asked. */
function server(size: number) {
  const asked: { offset: number; columns: number; count: boolean; token: boolean; filter: string }[] = []
  const ask: Ask = async ({ offset = 0, max_results = 100, columns = [], count = true, page_token, filter = '' }, signal) => {
    asked.push({ offset, columns: columns.length, count, token: page_token !== undefined, filter })
    await new Promise((resolve) => setTimeout(resolve, filter === 'slow' ? 30 : 1))
    signal.throwIfAborted()
    if (filter === 'bad') throw new Error('No.')
    const rows = Array.from({ length: Math.max(0, Math.min(max_results, size - offset)) }, (_, at) => run(offset + at, columns.length))
    return { rows, ...(count && { total: size }), ...(offset + rows.length < size && { next_page_token: String(offset + rows.length) }) }
  }
  return { ask, asked }
}
const settled = async (store: RowStore): Promise<void> => {
  await new Promise((resolve) => setTimeout(resolve, 5))
  while (store.loading) await new Promise((resolve) => setTimeout(resolve, 2))
}
const column = (key: string) => ({ kind: 'metric' as const, key })

test('only what is in sight is asked for, once, with the number of runs once', async () => {
  const { ask, asked } = server(100_000)
  const store = new RowStore(ask, () => {})
  store.show({ experiment_ids: ['1'] }, [column('a')])
  await settled(store)
  assert.equal(store.total, 100_000)
  store.see(0, 40)
  store.see(99_960, 100_000)
  await settled(store)
  assert.equal(store.row(99_999)?.info.run_id, 'r99999')
  assert.equal(store.row(50_000), undefined)
  assert.deepEqual(asked.map(({ offset, count }) => [offset, count]), [[0, true], [99_950, false]])
})

test('the window behind a known one is asked for by its token', async () => {
  const { ask, asked } = server(1000)
  const store = new RowStore(ask, () => {})
  store.show({ experiment_ids: ['1'] }, [column('a')])
  await settled(store)
  store.see(40, 80)
  await settled(store)
  assert.deepEqual(asked.map(({ offset, token }) => [offset, token]), [[0, false], [windowRows, true]])
  assert.equal(store.row(55)?.values.get('metrics.a'), 550)
})

test('a column that comes into sight is asked for, and what was known of the others stays', async () => {
  const { ask } = server(50)
  const store = new RowStore(ask, () => {})
  store.show({ experiment_ids: ['1'] }, [column('a')])
  await settled(store)
  store.show({ experiment_ids: ['1'] }, [column('b'), column('c')])
  await settled(store)
  assert.deepEqual([...store.row(2)!.values], [['metrics.a', 20], ['metrics.b', 20], ['metrics.c', 21]])
})

test('the answer to an old question is dropped, and an error leaves the rows that were there', async () => {
  const { ask } = server(50)
  const store = new RowStore(ask, () => {})
  store.show({ experiment_ids: ['1'], filter: 'slow' }, [])
  store.show({ experiment_ids: ['1'], filter: 'quick' }, [])
  await settled(store)
  assert.equal(store.outdated, false)
  store.show({ experiment_ids: ['1'], filter: 'bad' }, [])
  await settled(store)
  assert.equal(store.error, 'No.')
  assert.equal(store.row(3)?.info.run_id, 'r3')
  assert.equal(store.outdated, true)
})

test('who draws hears that rows are those of before once their answer is late, and not when it has come or another question is asked', async () => {
  const { ask } = server(50)
  const late: (() => void)[] = []
  const store = new RowStore(ask, (act) => void late.push(act))
  let drawn = 0
  store.watch(() => { drawn += 1 })
  store.show({ experiment_ids: ['1'] }, [])
  await settled(store)
  late.shift()!()
  assert.equal(drawn, 1)
  store.show({ experiment_ids: ['1'], filter: 'slow' }, [])
  store.show({ experiment_ids: ['1'], filter: 'bad' }, [])
  late.shift()!()
  assert.equal(drawn, 1)
  late.shift()!()
  assert.deepEqual([drawn, store.outdated, store.loading], [2, true, true])
})

test('ids of a range are known or read', async () => {
  const { ask } = server(2500)
  const store = new RowStore(ask, () => {})
  store.show({ experiment_ids: ['1'] }, [])
  await settled(store)
  const ids = await store.idsBetween(50, 2400)
  assert.equal(ids.length, 2351)
  assert.deepEqual([ids[0], ids.at(-1)], ['r50', 'r2400'])
})

test('of live points the one at the highest step counts', () => {
  const row = { info: run(1, 0), values: new Map([['metrics.a', 1]]), steps: new Map([['metrics.a', 5]]) }
  assert.equal(withPoints(row, [{ key: 'a', value: 9, step: 4 }]), row)
  assert.equal(withPoints(row, [{ key: 'a', value: NaN, step: 5 }, { key: 'never', value: 1 }]).values.get('metrics.a'), 'NaN')
})
