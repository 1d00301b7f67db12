import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSlurmConfig } from './config.ts'
import { taskNumbers } from './queue.ts'
import { jobScript, readEnd, taskScript } from './script.ts'

test('the configuration becomes options of sbatch, and mistakes in it are told', () => {
  const { sbatch, array, arrayLimit, dependencies, pollMs } = readSlurmConfig({
    partition: 'gpu', cpus_per_task: 4, exclusive: true, requeue: false, options: ['--wckey=x'], array: [{ a: 1 }, { a: 'b' }], array_limit: 2, after_ok: 17, after_any: ['18', '19'], poll_seconds: 0.5,
  })
  assert.deepEqual(sbatch, ['--partition=gpu', '--cpus-per-task=4', '--exclusive', '--wckey=x'])
  assert.deepEqual([array, arrayLimit, pollMs], [[{ a: '1' }, { a: 'b' }], 2, 500])
  assert.deepEqual(dependencies, [{ kind: 'afterok', on: ['17'] }, { kind: 'afterany', on: ['18', '19'] }])
  for (const bad of [{ array: [] }, { array: ['x'] }, { array_limit: 0 }, { options: '--x' }, { time: {} }, { unknown: 1 }]) assert.throws(() => readSlurmConfig(bad), { name: 'ProjectError' }, JSON.stringify(bad))
})

test('tasks are found by their numbers, also those that wait together', () => {
  assert.deepEqual([undefined, 'N/A', '7', '0-2', '1,4-5%2'].map(taskNumbers), [[0], [0], [7], [0, 1, 2], [1, 4, 5]])
})

test('scripts quote what they hold, and the note that they leave is read', () => {
  assert.match(jobScript({ runId: 'r', folder: "/a b/it's", work: '/w', loadSeconds: 10 }), /^cd '\/a b\/it'"'"'s' \|\| exit 72$/m)
  assert.equal(taskScript({ variables: { A: 'x y' }, setup: 'module load x', activate: undefined, command: 'run' }), "export A='x y'\nmodule load x\nrun\n")
  assert.deepEqual(readEnd('exit 3\n0m0.010s 0m0.020s\n1m2.000s 0m0.500s\n'), { exit: 3, cpu_seconds: 62.53 })
  assert.equal(readEnd(''), undefined)
})
