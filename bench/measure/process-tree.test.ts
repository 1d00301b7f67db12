import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import assert from 'node:assert/strict'
import { parseStat, sumUse, treeOf, treeUse } from './process-tree.ts'

const line = (pid: number, parent: number, [user, system, childUser, childSystem]: readonly number[], rss: number) =>
  `${pid} (a) b (c) S ${parent} 1 1 0 -1 4194304 9 9 9 9 ${user} ${system} ${childUser} ${childSystem} 20 0 11 0 555 999999 ${rss} 1844 1 1 0 0\n`

test('a process whose name holds parentheses and spaces is read', () => {
  assert.deepEqual(parseStat(line(42, 7, [100, 20, 3, 4], 250)), { pid: 42, parent: 7, ownTicks: 120, reapedTicks: 7, rssPages: 250 })
})

test('the tree holds grandchildren and reaped children, not neighbours', () => {
  const all = [line(1, 0, [9, 9, 9, 9], 9), line(10, 1, [1, 2, 3, 4], 1), line(11, 10, [5, 0, 0, 0], 2), line(12, 11, [0, 6, 0, 0], 3), line(20, 1, [7, 7, 7, 7], 7)].map(parseStat)
  const tree = treeOf(10, all)
  assert.deepEqual(tree.map(stat => stat.pid), [10, 11, 12])
  assert.deepEqual(sumUse(tree), { processes: 3, cpuMs: 210, rssBytes: 6 * 4096 })
})

test('work of a living process is seen', { skip: process.platform !== 'linux' && 'needs /proc' }, async () => {
  const child = spawn(process.execPath, ['-e', 'while (process.cpuUsage().user + process.cpuUsage().system < 250_000); process.stdout.write("done"); setTimeout(() => {}, 20000)'])
  try {
    await once(child.stdout, 'data')
    const use = treeUse(child.pid!)
    assert.ok(use.cpuMs >= 200 && use.cpuMs < 5000, `${use.cpuMs} ms`)
    assert.ok(use.rssBytes > 10_000_000)
  } finally {
    child.kill('SIGKILL')
  }
})
