import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lineAt, lineOf, linesBelow, type Opened } from './forest.ts'
import type { GridRow } from './row-store.ts'

const row = (run_id: string): GridRow => ({ info: { run_id, run_name: run_id, experiment_id: '1', user_id: '', status: 'FINISHED', start_time: 0, children: 0 }, values: new Map(), steps: new Map() })

test('lines below open roots push the others down, and every line is found', () => {
  const child = { kind: 'note', text: '', depth: 1 } as const
  const opened: Opened[] = [{ index: 1, below: [child, child] }, { index: 3, below: [child] }]
  const kinds = Array.from({ length: 8 }, (_, at) => { const line = lineAt(opened, at); return line.kind === 'root' ? line.index : line.kind })
  assert.deepEqual(kinds, [0, 1, 'note', 'note', 2, 3, 'note', 4])
  assert.deepEqual([0, 1, 2, 3, 4].map((index) => lineOf(opened, index)), [0, 1, 4, 5, 7])
})

test('children stand below their parents, theirs below them, and a ring ends', () => {
  const children = new Map([['a', { rows: [row('b'), row('c')], total: 5 }], ['b', { rows: [row('a')], total: 1 }]])
  const lines = linesBelow('a', new Set(['b']), children)
  assert.deepEqual(lines.map((line) => (line.kind === 'child' ? `${line.depth} ${line.row.info.run_id}` : line.kind)), ['1 b', '2 a', '1 c', 'note'])
  assert.ok(linesBelow('a', new Set(['a', 'b']), children).length < 50)
})
