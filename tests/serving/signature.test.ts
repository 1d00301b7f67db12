import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { pythonForTests } from '../../tools/setup-python.ts'
import { answerCase, type SignatureCase } from './answer-signature-case.ts'

const script = fileURLToPath(new URL('signature-cases.py', import.meta.url))

/** The order of a Python set is arbitrary; pandas' advice on dates and our row at fault are not compared. */
function comparable(message: string): string {
  const params = /^Invalid parameters found: \{(.*)\}$/s.exec(message)
  if (params !== null) return params[1]!.split(/, (?=\('[pqr]')/).toSorted().join('\n')
  return message
    .replace(/ \(row \d+\)$/, '')
    .replace(/(to type 'datetime64\[ns\]').*$/s, '$1')
    .replace(/\{('\w+'(?:, '\w+')+)\}/g, (_all, names: string) => `{${names.split(', ').toSorted().join(', ')}}`)
}

/** CAIRN_SIGNATURE_SEEDS=7,8 tries others. */
const seeds = (process.env['CAIRN_SIGNATURE_SEEDS'] ?? '1,2').split(',').map(Number)

/** Numpy's own words for lists inside lists of numbers. */
const unlike = /setting an array element|Invalid object type/

test('signatures are enforced with the answers and words of MLflow, over random inputs', async () => {
  const python = await pythonForTests()
  const found = { answers: 0, errors: 0, tensors: 0 }
  for (const seed of seeds) {
    const cases = JSON.parse(execFileSync(python, [script, String(seed), '4000'], { maxBuffer: 1e8, encoding: 'utf8' })) as readonly SignatureCase[]
    for (const one of cases) {
      if (one.crash !== undefined || (one.kind !== 'tensors' && unlike.test(one.error ?? ''))) continue
      const got = answerCase(one)
      if (one.error === undefined) assert.deepEqual(plainJson(got), plainJson({ answer: one.answer }), show(one))
      else assert.equal(got.error === undefined ? `an answer: ${JSON.stringify(got)}` : comparable(got.error), comparable(one.error), show(one))
      found[one.error === undefined ? 'answers' : 'errors'] += 1
      if (one.kind === 'tensors') found.tensors += 1
    }
  }
  assert.ok(found.answers > 2000 && found.errors > 2000 && found.tensors > 500, JSON.stringify(found))
})

const plainJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value))
const show = (one: SignatureCase): string => JSON.stringify(one)
