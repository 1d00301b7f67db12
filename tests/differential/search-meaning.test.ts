import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { compareRuns, evaluate, parseRunFilter, parseRunOrder, type SearchableRun } from '@cairn/protocol'
import { random } from './search-cases.ts'

const python = process.env['CAIRN_TEST_PYTHON']
const count = Number(process.env['CAIRN_TEST_CASES'] ?? 300)
const seed = Number(process.env['CAIRN_TEST_SEED'] ?? 11)

const next = random(seed)
const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)]!
const chance = (share: number): boolean => next() < share

const keys = ['a', 'b', 'a b', 'é']
const texts = ['x', 'X', 'xy', 'x_y', 'x%', '', 'É', 'é', '日本', '😀', '\uffff', 'a\nb', '10', '9', "it's"]
const numbers = ['0', '1', '-1', '1', '0.5', '1e300', '-0.0', 'nan', 'inf', '-inf']

interface Given {
  user_id: string
  run_name: string
  status: string
  start_time: number
  end_time: number | null
  metrics: [string, string][]
  params: [string, string][]
  tags: [string, string][]
  datasets: { name: string; digest: string; context?: string }[]
}

const some = (values: readonly string[]): [string, string][] => keys.filter(() => chance(0.6)).map((key) => [key, pick(values)])

function makeRun(): Given {
  return {
    user_id: pick(['ann', 'Bob', '']), run_name: pick(['run x', 'Run Y', 'é']), status: pick(['FINISHED', 'FAILED', 'KILLED']),
    start_time: pick([1, 2, 3]), end_time: chance(0.7) ? pick([5, 6]) : null,
    metrics: some(numbers), params: some(texts.filter((text) => text !== '')), tags: some(texts),
    // One dataset of a name only: MLflow keeps the first digest's input tags.
    datasets: ['d', 'D', 'dd'].filter(() => chance(0.4)).map((name) => ({ name, digest: pick(['1', '2']), ...(chance(0.6) && { context: pick(['train', 'test']) }) })),
  }
}

const quoted = (text: string): string => (text.includes("'") ? `"${text}"` : `'${text}'`)
const pattern = (): string => quoted(chance(0.4) ? pick(texts) : pick(['%', '_', '%y', 'x%', '%_%', 'X_', '__', '%é%', 'É', '%x%', 'X\\_Y', '%\n%', '']))

function clause(): string {
  switch (pick(['metric', 'keyed', 'keyed', 'null', 'text', 'time', 'dataset'] as const)) {
    case 'metric': return `metrics.\`${pick(keys)}\` ${pick(['=', '!=', '<', '<=', '>', '>='])} ${pick(['0', '1', '-1', '0.5', '1e300', '1.7976931348623157e308', '-1e308', '1e999'])}`
    case 'keyed': return `${pick(['params', 'tags'])}.\`${pick(keys)}\` ${chance(0.4) ? `${pick(['=', '!='])} ${quoted(pick(texts))}` : `${pick(['LIKE', 'ILIKE'])} ${pattern()}`}`
    case 'null': return `${pick(['params', 'tags'])}.\`${pick(keys)}\` ${pick(['IS NULL', 'IS NOT NULL'])}`
    case 'text': return `${pick(['status', 'user_id', 'run_name', 'artifact_uri'])} ${pick(['=', '!=', 'LIKE', 'ILIKE'])} ${pick(["'FINISHED'", "'bob'", "'Bob'", "''", "'run%'", "'%é'", "'F%'", "'f_____'", "'%artifacts%'"])}`
    case 'time': return `${pick(['start_time', 'end_time', 'created'])} ${pick(['=', '!=', '<', '<=', '>', '>='])} ${pick(['1', '2', '5', '2.5', '6'])}`
    case 'dataset': return `dataset.${pick(['name', 'digest', 'context'])} ${pick(["= 'd'", "!= 'd'", "LIKE 'd%'", "ILIKE 'D'", "IN ('1', 'train', 'D')", "NOT IN ('1', 'train', 'd')"])}`
  }
}

function search(): { filter: string; order_by: string[] } {
  const clauses = Array.from({ length: Math.floor(next() * 4) }, clause)
  const items = [...keys.map((key) => `metrics.\`${key}\``), ...keys.map((key) => `params.\`${key}\``), ...keys.map((key) => `tags.\`${key}\``),
    'start_time', 'end_time', 'status', 'run_name', 'user_id', 'run_id']
  const order = new Set(Array.from({ length: Math.floor(next() * 3) }, () => pick(items)))
  return { filter: clauses.join(' AND '), order_by: [...order].map((item) => `${item} ${pick(['ASC', 'DESC'])}`) }
}

const double = (text: string): number => Number(text.replace('inf', 'Infinity'))

test('a filter and an order mean what they mean to MLflow on SQLite', { skip: python === undefined ? 'CAIRN_TEST_PYTHON is not set' : false }, () => {
  const given = Array.from({ length: 60 }, makeRun)
  const searches = Array.from({ length: count }, search)
  const script = fileURLToPath(new URL('search-meaning.py', import.meta.url))
  const result = spawnSync(python!, [script], { input: [given, ...searches].map((line) => JSON.stringify(line)).join('\n'), encoding: 'utf8', maxBuffer: 1 << 28 })
  assert.equal(result.status, 0, result.stderr)
  const [made, ...answers] = result.stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as unknown)
  const runs = given.map((run, place): SearchableRun => ({
    ...run,
    status: run.end_time === null ? 'RUNNING' : run.status,
    ...(made as { run_id: string; artifact_uri: string }[])[place]!,
    metrics: new Map(run.metrics.map(([key, value]) => [key, double(value)])),
    params: new Map(run.params),
    tags: new Map([...run.tags, ['mlflow.runName', run.run_name]]),
  }))
  const differences: string[] = []
  let found = 0
  searches.forEach((item, index) => {
    const clauses = parseRunFilter(item.filter)
    const ours = runs.filter((run) => evaluate(clauses, run)).toSorted(compareRuns(parseRunOrder(item.order_by))).map((run) => runs.indexOf(run))
    if (ours.length > 0 && ours.length < runs.length) found++
    if (JSON.stringify(ours) !== JSON.stringify(answers[index])) differences.push(JSON.stringify({ item, theirs: answers[index], ours }))
  })
  assert.equal(differences.length, 0, `${differences.length} of ${count} differ:\n${differences.slice(0, 10).join('\n')}`)
  assert.ok(found > count / 4, `only ${found} searches found some runs and not others`)
})
