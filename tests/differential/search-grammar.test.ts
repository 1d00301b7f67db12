import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import {
  CairnError, parseExperimentFilter, parseExperimentOrder, parseLoggedModelFilter, parseLoggedModelOrder, parseModelVersionFilter,
  parseModelVersionOrder, parseRegisteredModelFilter, parseRegisteredModelOrder, parseRunFilter, parseRunOrder, type LoggedModelOrderInput,
} from '@cairn/protocol'
import { makeCases, random, type Case, type Entity } from './search-cases.ts'

const python = process.env['CAIRN_TEST_PYTHON']
const count = Number(process.env['CAIRN_TEST_CASES'] ?? 3000)
const seed = Number(process.env['CAIRN_TEST_SEED'] ?? 20250)

type Answer = { ok: unknown[] } | { error: string; code: string }

/** Where Cairn answers otherwise than MLflow on purpose. */
const deliberate: { why: string; holds(theirs: Answer, ours: Answer, given: Case): boolean }[] = [
  {
    why: 'What MLflow answers with 500 because the code fails is a 400 here.',
    holds: (theirs, ours) => 'code' in theirs && theirs.code === 'CRASH' && 'code' in ours && ours.code === 'INVALID_PARAMETER_VALUE',
  },
  {
    why: 'A key that stands twice in order_by is a 400 with the words of MLflow\'s 500.',
    holds: (theirs, ours) => 'code' in theirs && theirs.code === 'INTERNAL_ERROR' && 'code' in ours && ours.error === theirs.error,
  },
  {
    why: 'attributes.creation_timestamp is the same as creation_timestamp; MLflow knows these aliases only without the prefix (500).',
    holds: (theirs, ours, { filter }) => 'code' in theirs && theirs.code === 'CRASH' && 'ok' in ours && /attributes\.`*(creation_time|last_updated_timestamp)/.test(filter ?? ''),
  },
  {
    why: 'A logged model\'s metric cannot be compared with NaN: nothing would match, and on PostgreSQL everything.',
    holds: (_theirs, ours) => 'code' in ours && /^Expected a numeric value. Found [+-]?nan$/i.test(ours.error),
  },
  {
    why: 'metrics.created is the metric `created`; MLflow looks for the metric `start_time`, for it translates the aliases of attributes everywhere.',
    holds: (theirs, ours, { entity, filter, order_by }) => entity === 'run' && 'ok' in theirs && 'ok' in ours && theirs.ok.length === ours.ok.length
      && /(metric|param|tag)\w*`?\.["'`]?(created|run name)/i.test(filter ?? order_by!.join(' ')),
  },
  {
    why: 'A list behind another operator than IN, such as run_id = (\'a\'), fails in the database there; here it is a 400.',
    holds: (_theirs, ours) => 'code' in ours && ours.error.endsWith('for a list of values.'),
  },
]

interface Parser {
  filter(text: string): object[]
  order(items: never): object[]
}

const parsers: Record<Entity, Parser> = {
  run: { filter: parseRunFilter, order: (items: string[]) => parseRunOrder(items) },
  experiment: { filter: parseExperimentFilter, order: (items: string[]) => parseExperimentOrder(items) },
  registered_model: { filter: parseRegisteredModelFilter, order: (items: string[]) => parseRegisteredModelOrder(items) },
  model_version: { filter: parseModelVersionFilter, order: (items: string[]) => parseModelVersionOrder(items) },
  logged_model: { filter: parseLoggedModelFilter, order: (items: LoggedModelOrderInput[]) => parseLoggedModelOrder(items) },
}

function ours({ entity, filter, order_by }: Case): Answer {
  try {
    const parser = parsers[entity]
    return { ok: filter === undefined ? parser.order(order_by as never) : parser.filter(filter).map((clause) => ({ ...clause, at: undefined })) }
  } catch (error) {
    if (error instanceof CairnError) return { error: error.message, code: error.code }
    return { error: String(error), code: 'BUG' }
  }
}

function theirs(cases: Case[]): Answer[] {
  const script = fileURLToPath(new URL('search-grammar.py', import.meta.url))
  const result = spawnSync(python!, [script], {
    input: cases.map((item) => JSON.stringify(item)).join('\n'), encoding: 'utf8', maxBuffer: 1 << 28, env: { ...process.env, PYTHONHASHSEED: '0' },
  })
  assert.equal(result.status, 0, result.stderr)
  return result.stdout.trimEnd().split('\n').map((line) => JSON.parse(line) as Answer)
}

const isSame = (a: Answer, b: Answer): boolean => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))
const sorted = (answer: Answer): unknown => ('ok' in answer ? answer.ok.map((item) => Object.entries(item as object).filter(([, value]) => value !== undefined).toSorted(([a], [b]) => (a < b ? -1 : 1))) : answer)

for (const entity of Object.keys(parsers) as Entity[]) {
  test(`filters and orders of ${entity.replace('_', ' ')}s are read, or refused, as MLflow does`, { skip: python === undefined ? 'CAIRN_TEST_PYTHON is not set' : false }, () => {
    const cases = makeCases(entity, count, random(seed))
    const differences: string[] = []
    const tally = { ok: 0, refused: 0, deliberate: 0 }
    theirs(cases).forEach((theirAnswer, index) => {
      const given = cases[index]!
      const ourAnswer = ours(given)
      if (isSame(theirAnswer, ourAnswer)) tally['ok' in ourAnswer ? 'ok' : 'refused']++
      else if (deliberate.some((difference) => difference.holds(theirAnswer, ourAnswer, given))) tally.deliberate++
      else differences.push(JSON.stringify({ given, theirs: theirAnswer, ours: ourAnswer }, null, 1))
    })
    assert.equal(differences.length, 0, `${differences.length} differ:\n${differences.slice(0, 20).join('\n')}`)
    // The generator must keep making both kinds.
    assert.ok(tally.ok > count / 20 && tally.refused > count / 20, JSON.stringify(tally))
  })
}
