import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { pythonForTests } from '../../tools/setup-python.ts'
import { UnknownToEvaluator, type TreeModel } from '../../packages/serving/src/trees/forest.ts'
import { readLightgbm } from '../../packages/serving/src/trees/lightgbm.ts'
import { readXgboost } from '../../packages/serving/src/trees/xgboost.ts'
import { readMlModel } from '../../packages/serving/src/models/mlmodel.ts'
import { answerText } from '../../packages/serving/src/server/native-scorer.ts'
import { answerAs, readNativeModel } from '../../packages/serving/src/trees/native-model.ts'
import { pythonExtras } from './python-extras.ts'

interface Case {
  readonly name: string
  readonly library: 'xgboost' | 'lightgbm'
  readonly file: string
  readonly wrapper: string
  readonly rows: readonly (readonly (number | null)[])[]
  readonly answers: readonly (readonly number[])[]
}

const folder = mkdtempSync(join(tmpdir(), 'cairn-trees-'))
let cases: readonly Case[] = []
before(async () => {
  execFileSync(await pythonForTests(), [fileURLToPath(new URL('tree-cases.py', import.meta.url)), folder], {
    env: { ...process.env, PYTHONPATH: await pythonExtras('lightgbm==4.6.0') }, stdio: ['ignore', 'inherit', 'inherit'],
  })
  cases = JSON.parse(readFileSync(join(folder, 'cases.json'), 'utf8')) as readonly Case[]
})
after(() => rmSync(folder, { recursive: true }))

const read = (library: string, file: string, untilBest: boolean): TreeModel => {
  const bytes = readFileSync(join(folder, file))
  return library === 'xgboost' ? readXgboost(bytes, { untilBest }) : readLightgbm(bytes.toString())
}

test('the evaluators answer as XGBoost and LightGBM do, for every objective and kind of tree', () => {
  const wrong: string[] = []
  for (const { name, library, file, wrapper, rows, answers } of cases) {
    const model = read(library, file, wrapper !== 'Booster')
    const { values } = answerAs(wrapper, model, model.predict(Float64Array.from(rows.flat(), (cell) => cell ?? Number.NaN), rows.length), rows.length)
    const wanted = answers.flat()
    assert.equal(values.length, wanted.length, name)
    for (const [at, value] of wanted.entries()) {
      // 32-bit floats have 24 bits; a sum of dozens of them loses two or three more.
      if (!(Math.abs(values[at]! - value) <= 2e-6 * Math.max(1, Math.abs(value)))) {
        wrong.push(`${name} at ${at}: ${values[at]!} for ${value}`)
        break
      }
    }
  }
  assert.deepEqual(wrong, [])
  assert.ok(cases.length > 200)
})

test('models that MLflow saved are answered as its pyfunc answers them, in its form', async () => {
  for (const name of ['saved-lightgbm', 'saved-labels']) {
    const place = join(folder, name)
    const { rows, answers } = JSON.parse(readFileSync(join(place, 'answers.json'), 'utf8')) as { rows: (number | null)[][]; answers: number[][] }
    const model = await readNativeModel(place, await readMlModel(place))
    const text = answerText(model.predict(Float64Array.from(rows.flat(), (cell) => cell ?? Number.NaN), rows.length))
    for (const [at, answer] of (JSON.parse(text) as number[][]).entries()) assert.ok(answer.length === answers[at]!.length && answer.every((value, column) => Math.abs(value - answers[at]![column]!) < 1e-9), `${name} ${at}: ${answer.join()} for ${answers[at]!.join()}`)
    // Labels are floats to XGBoost's wrapper.
    if (name === 'saved-labels') assert.match(text, /^\[\[[01]\.0, [01]\.0\]/)
  }
})

test('a row is answered alone as it is among others', () => {
  for (const { library, file, wrapper, rows, name } of cases.filter((_, at) => at % 7 === 0)) {
    const model = read(library, file, wrapper !== 'Booster')
    const cells = Float64Array.from(rows.flat(), (cell) => cell ?? Number.NaN)
    const all = model.predict(cells, rows.length)
    for (const row of [0, 5, rows.length - 1]) {
      const alone = model.predict(cells.slice(row * model.featureCount, (row + 1) * model.featureCount), 1)
      assert.deepEqual(alone, all.slice(row * model.outputs, (row + 1) * model.outputs), name)
    }
  }
})

test('what only the library can evaluate is refused with its reason', () => {
  const reasons = Object.fromEntries(readdirSync(folder).filter((file) => file.startsWith('refused')).toSorted().map((file) => {
    try {
      read(file.endsWith('.txt') ? 'lightgbm' : 'xgboost', file, false)
      return [file, 'not refused']
    } catch (error) {
      assert.ok(error instanceof UnknownToEvaluator)
      return [file, error.message]
    }
  }))
  assert.deepEqual(reasons, {
    'refused-frame.ubj': 'it keeps the categories of its training frame, and codes them anew for every input',
    'refused-lgb-frame.txt': 'it keeps the categories of its training frame, and codes them anew for every input',
    'refused-lgb-linear.txt': 'its leaves hold linear models (linear_tree)',
    'refused-linear.json': 'its booster is gblinear, and only gbtree and dart are known',
    'refused-vector.ubj': 'its leaves hold vectors (multi_strategy=multi_output_tree)',
  })
})

test('a model file that was cut off or changed is refused or answers, and never hangs or crashes', () => {
  for (const file of ['xgb-binary-logistic-plain.ubj', 'xgb-binary-logistic-plain.json', 'lgb-binary-plain.txt'].filter((name) => readdirSync(folder).includes(name))) {
    const whole = readFileSync(join(folder, file))
    for (let step = 1; step < 60; step++) {
      const cut = whole.subarray(0, Math.floor((whole.length * step) / 60))
      const changed = Buffer.from(whole)
      changed[Math.floor((whole.length * step) / 61)]! ^= 1 << (step % 8)
      for (const bytes of [cut, changed]) {
        try {
          const model = file.endsWith('.txt') ? readLightgbm(bytes.toString()) : readXgboost(bytes, { untilBest: false })
          if (model.featureCount < 100) model.predict(new Float64Array(model.featureCount), 1)
        } catch (error) {
          assert.ok(error instanceof UnknownToEvaluator, `${file} ${step}: ${(error as Error).stack!}`)
        }
      }
    }
  }
})
