import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { imageAt, imagesOf } from './logged-images.ts'
import { columnsOf, confusionFrom, curveFrom, NoSuchColumns, tableOfJson } from './logged-table.ts'
import { confusionPython, curvePython } from './python.ts'
import { rowsOf } from './rows.ts'
import { fixedTable } from '../../artifacts/decode/table.ts'

describe('a table that a run logged', () => {
  test('is read as mlflow.log_table writes it, and as records', () => {
    assert.deepEqual(tableOfJson('{"columns": ["a", "b"], "data": [[1, "x"], [null, true]]}'), { columns: ['a', 'b'], rows: [[1, 'x'], [null, 'true']] })
    assert.deepEqual(tableOfJson('[{"a": 1}, {"b": {"c": 2}}]'), { columns: ['a', 'b'], rows: [[1, null], [null, '{"c":2}']] })
    assert.throws(() => tableOfJson('{"a": 1}'), NoSuchColumns)
  })

  test('gives a confusion matrix, whichever form it has', () => {
    const expected = { labels: ['0', '1'], counts: [[1, 1], [0, 2]] }
    const pairs = [[0, 0], [0, 1], [1, 1], [1, 1]]
    assert.deepEqual(confusionFrom({ columns: ['target', 'prediction'], rows: pairs }, {}), expected)
    assert.deepEqual(confusionFrom({ columns: ['is', 'said'], rows: pairs }, { actual: 'is', predicted: 'said' }), expected)
    assert.deepEqual(confusionFrom({ columns: ['actual', 'predicted', 'count'], rows: [[0, 0, 1], [0, 1, 1], [1, 1, 2]] }, {}), expected)
    assert.deepEqual(confusionFrom({ columns: ['0', '1'], rows: [[1, 1], [0, 2]] }, {}), expected)
    assert.deepEqual(confusionFrom({ columns: ['', '0', '1'], rows: [['0', '1', '1'], ['1', '0', '2']] }, {}), expected)
    const classes = { columns: ['positive_class', 'true_negatives', 'false_positives', 'false_negatives', 'true_positives'], rows: [['cat', 5, 1, 2, 3], ['dog', 9, 0, 1, 1]] }
    assert.deepEqual(confusionFrom(classes, { positive: 'dog' }), { labels: ['not dog', 'dog'], counts: [[9, 0], [1, 1]] })
    assert.throws(() => confusionFrom({ columns: ['a'], rows: [[1], [2]] }, {}), /No columns of actual and predicted labels among a\./)
  })

  test('gives curves from scores or from their points', () => {
    const scores = { columns: ['label', 'score'], rows: [[1, 0.9], [0, 0.1], [1, 0.4], [0, 0.6]] }
    assert.equal(curveFrom('roc', scores, {}).area, 0.75)
    assert.equal(curveFrom('roc', scores, { positive: '0' }).area, 0.25)
    assert.equal(curveFrom('roc', { columns: ['fpr', 'tpr'], rows: [[0, 0], [1, 1], [0, 1]] }, {}).area, 1)
    assert.deepEqual(curveFrom('pr', { columns: ['recall', 'precision'], rows: [[1, 0.5], [0, 1]] }, {}).x, [0, 1])
    assert.throws(() => curveFrom('pr', { columns: ['a'], rows: [] }, {}), NoSuchColumns)
  })
})

test('the Python of a chart names the columns that the page found', () => {
  const pairs = { columns: ['truth', 'pred'], rows: [[0, 1], [1, 1], [1, 0]] }
  assert.match(confusionPython('http://here', 'r', 'p.json', columnsOf(pairs, 'confusion', {})), /from_predictions\(rows\["truth"\], rows\["pred"\]\)/)
  assert.match(confusionPython('http://here', 'r', 'p.csv', columnsOf({ columns: ['actual', 'predicted', 'n'], rows: [] }, 'confusion', {})), /pivot_table\(index="actual", columns="predicted", values="n"/)
  assert.match(confusionPython('http://here', 'r', 'p.csv', columnsOf({ columns: ['', 'cat', 'dog'], rows: [['cat', 1, 2], ['dog', 0, 3]] }, 'confusion', {})), /labels = \["cat","dog"\]/)
  assert.match(curvePython('roc', 'http://here', [], 'p.csv', {}, columnsOf({ columns: ['fpr', 'tpr'], rows: [] }, 'roc', {})), /axes\.plot\(rows\["fpr"\], rows\["tpr"\]/)
  assert.match(curvePython('pr', 'http://here', [], 'p.csv', { positive: 'yes' }, columnsOf({ columns: ['label', 'prob'], rows: [] }, 'pr', {})), /from_predictions\(rows\["label"\]\.astype\(str\) == "yes", rows\["prob"\]/)
})

test('a table is saved with all its rows, read part by part', async () => {
  const rows = Array.from({ length: 12_001 }, (_, at) => [String(at), at === 7 ? null : 'x'])
  const saved = await rowsOf(fixedTable([{ name: 'a', numeric: true }, { name: 'b', numeric: false }], rows))
  assert.equal(saved.length, 12_002)
  assert.deepEqual([saved[0], saved[8], saved.at(-1)], [['a', 'b'], ['7', ''], ['12000', 'x']])
})

test('images are found by the names that MLflow gives them, of either time, each step once', () => {
  const images = imagesOf([
    'images/val~dogs+step+3+timestamp+1700+aaaa-1.png', 'images/val~dogs+step+3+timestamp+1700+aaaa-1+compressed.webp', 'images/val~dogs+step+10+timestamp+1800+bbbb-2.png',
    'images/val~dogs+step+3+timestamp+1600+cccc-3.png', 'images/old#cats%step%1%timestamp%5%dddd-4.png', 'images/plain.png',
  ])
  assert.deepEqual([...images.keys()], ['old/cats', 'val/dogs'])
  const dogs = images.get('val/dogs')!
  assert.deepEqual(dogs.map(({ step, path }) => [step, path.split('+').at(-1)]), [[3, 'compressed.webp'], [10, 'bbbb-2.png']])
  assert.equal(dogs[0]!.full, 'images/val~dogs+step+3+timestamp+1700+aaaa-1.png')
  assert.deepEqual([imageAt(dogs, 9)?.step, imageAt(dogs, 2), imageAt(dogs, 99)?.step], [3, undefined, 10])
})
