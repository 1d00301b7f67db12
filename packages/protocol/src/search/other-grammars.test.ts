import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Clause } from './clause.ts'
import { parseExperimentFilter, parseExperimentOrder } from './experiments.ts'
import { parseLoggedModelFilter, parseLoggedModelOrder } from './logged-models.ts'
import {
  parseModelVersionFilter, parseModelVersionOrder, parseRegisteredModelFilter, parseRegisteredModelOrder, splitPromptClauses,
} from './registry.ts'
import { printExactName } from './print.ts'

const plain = (clauses: Clause[]): unknown[] => clauses.map(({ type, key, op, value }) => [type, key, op, value])
const refuses = (run: () => unknown, message: string): void => assert.throws(run, { code: 'INVALID_PARAMETER_VALUE', message })

test('experiments are found by name, id, times and tags', () => {
  assert.deepEqual(plain(parseExperimentFilter("name LIKE 'a%' AND attribute.experiment_id IN ('1', '02') and creation_time > 5 and tag.x IS NULL AND tags.`a b` = 'y'")), [
    ['attribute', 'name', 'LIKE', 'a%'], ['attribute', 'experiment_id', 'IN', ['1', '2']], ['attribute', 'creation_time', '>', 5],
    ['tag', 'x', 'IS NULL', null], ['tag', 'a b', '=', 'y'],
  ])
  refuses(() => parseExperimentFilter("name like 'a%'"), "Invalid comparator 'like' not one of '{'!=', '=', 'ILIKE', 'IN', 'LIKE', 'NOT IN'}'")
  refuses(() => parseExperimentFilter("tags.a like 'a%'"), 'Invalid comparator for tag: like')
  refuses(() => parseExperimentFilter("experiment_id = 'x'"), "Invalid experiment ID 'x'. Experiment ID must be a valid integer.")
  refuses(() => parseExperimentFilter("experiment_id < '1'"), 'Invalid comparator for experiment_id: <')
  refuses(() => parseExperimentFilter('creation_time > 1e5'), "Invalid value for numeric attribute 'creation_time': '100000.0'")
  refuses(() => parseExperimentFilter("name IS NULL"), "IS NULL / IS NOT NULL is only supported for tags, not for attribute 'name'")
  refuses(() => parseExperimentFilter("attr.name = 'x'"), "Invalid entity type 'attr'. Valid entity types are ('attribute', 'tag', 'tags')")
  refuses(() => parseExperimentFilter('metrics.acc > 1, metrics.loss < 2'), 'Invalid clause(s) in filter string: metrics.acc > 1, metrics.loss < 2')
})

test('experiments are ordered by their attributes', () => {
  assert.deepEqual(parseExperimentOrder(['name desc', 'attribute.creation_time']), [
    { type: 'attribute', key: 'name', ascending: false }, { type: 'attribute', key: 'creation_time', ascending: true },
  ])
  refuses(() => parseExperimentOrder(['tags.a']), 'Invalid order_by entity: tag')
})

test('registered models are found by name and tags', () => {
  assert.deepEqual(plain(parseRegisteredModelFilter("name ilike 'A%' and tags.x != 'y' and name in ('a', 'b')")), [
    ['attribute', 'name', 'ILIKE', 'A%'], ['tag', 'x', '!=', 'y'], ['attribute', 'name', 'IN', ['a', 'b']],
  ])
  refuses(() => parseRegisteredModelFilter("name > 'a'"), 'Invalid comparator for attribute: >')
  refuses(() => parseRegisteredModelFilter('tags.a IS NULL'), 'Invalid comparator for tag: IS NULL')
  refuses(() => parseRegisteredModelFilter('name = 1'), 'Expected a quoted string value or a list of quoted string values for attributes. Got value 1')
  refuses(() => parseRegisteredModelFilter("`name` = 'a'"), "Invalid attribute key '`name`' specified. Valid keys are '{'name'}'")
})

test('registered models are ordered by name and by the time of the last update', () => {
  assert.deepEqual(parseRegisteredModelOrder(['timestamp DESC', 'name']), [
    { type: 'attribute', key: 'last_updated_timestamp', ascending: false }, { type: 'attribute', key: 'name', ascending: true },
  ])
  refuses(() => parseRegisteredModelOrder(['timestamp', 'last_updated_timestamp asc']), "`order_by` contains duplicate fields: ['timestamp', 'last_updated_timestamp asc']")
  refuses(() => parseRegisteredModelOrder(['run_id']), "Invalid order by key 'run_id' specified. Valid keys are '{'name', 'timestamp'}'")
})

test('model versions are found by name, run, source, number and tags', () => {
  assert.deepEqual(plain(parseModelVersionFilter("run_id IN ('a') and version_number >= 2 and version_number = '3' and source_path like '%x'")), [
    ['attribute', 'run_id', 'IN', ['a']], ['attribute', 'version_number', '>=', 2], ['attribute', 'version_number', '=', 3], ['attribute', 'source_path', 'LIKE', '%x'],
  ])
  refuses(() => parseModelVersionFilter('version_number > 1.5'), "Invalid value for numeric attribute 'version_number': 1.5")
  refuses(() => parseModelVersionFilter('run_id = 1'), "Only the '{'creation_timestamp', 'last_updated_timestamp', 'version_number'}' attributes support comparison with numeric values.")
  refuses(() => parseModelVersionFilter("source_path IN ('a')"), "Only ['name', 'run_id'] attributes support comparison with a list of quoted string values.")
  assert.deepEqual(parseModelVersionOrder(['version_number desc']), [{ type: 'attribute', key: 'version_number', ascending: false }])
  refuses(() => parseModelVersionOrder(['name', 'name DESC']), "`order_by` contains duplicate fields: ['name', 'name DESC']")
})

test('prompts are hidden unless the first clause about their tag asks for them', () => {
  const split = (filter: string): [boolean, number] => {
    const { prompts, clauses } = splitPromptClauses(parseRegisteredModelFilter(filter))
    return [prompts, clauses.length]
  }
  assert.deepEqual(split("name = 'a'"), [false, 1])
  assert.deepEqual(split("tag.`mlflow.prompt.is_prompt` != 'true' AND name = 'a'"), [false, 1])
  assert.deepEqual(split("tags.`mlflow.prompt.is_prompt` = 'True' AND name = 'a'"), [true, 2])
  assert.deepEqual(split("tags.mlflow.prompt.is_prompt != 'false'"), [true, 1])
})

test('logged models are found by attributes, metrics, params and tags', () => {
  assert.deepEqual(plain(parseLoggedModelFilter("name = 'a' AND attributes.model_type != b and creation_time > 5 and metrics.acc >= .5 and params.x in ('1', 2) and tags.t ilike '%q'")), [
    ['attribute', 'name', '=', 'a'], ['attribute', 'model_type', '!=', 'b'], ['attribute', 'creation_timestamp', '>', 5], ['metric', 'acc', '>=', 0.5],
    ['param', 'x', 'IN', ['1', '2']], ['tag', 't', 'ILIKE', '%q'],
  ])
  refuses(() => parseLoggedModelFilter('   '), "Invalid filter string: '   '. Expected a single SQL expression.")
  refuses(() => parseLoggedModelFilter("attribute.name = 'a'"), "Invalid entity type: 'attribute'. Expected one of ['attributes', 'metrics', 'params', 'tags'].")
  refuses(() => parseLoggedModelFilter("metrics.acc LIKE 'a'"), "Invalid comparison operator for metrics.acc: 'LIKE'. Expected one of ('<', '<=', '>', '>=', '=', '!=').")
  refuses(() => parseLoggedModelFilter("params.lr > 'a'"), "Invalid comparison operator for params.lr: '>'. Expected one of ('=', '!=', 'LIKE', 'ILIKE', 'IN', 'NOT IN').")
  refuses(() => parseLoggedModelFilter('params.lr IS NOT NULL'), 'Invalid comparison: params.lrIS NOT NULL. Expected a comparison with 3 tokens.')
  refuses(() => parseLoggedModelFilter("a = 'x' OR b = 'y'"), `Invalid filter string: "a = 'x' OR b = 'y'". Expected a list of comparisons separated by 'AND' (e.g. 'metrics.loss > 0.1 AND params.lr = 0.01').`)
  refuses(() => parseLoggedModelFilter("metrics.a > 'x'"), "Expected a numeric value. Found 'x'")
})

test('logged models are ordered by attributes and by metrics on a dataset', () => {
  assert.deepEqual(parseLoggedModelOrder([{ field_name: 'creation_time', ascending: false }, { field_name: 'metrics.a.b', dataset_name: 'd', dataset_digest: '' }]), [
    { type: 'attribute', key: 'creation_timestamp', ascending: false }, { type: 'metric', key: 'a.b', ascending: true, dataset_name: 'd' },
  ])
  refuses(() => parseLoggedModelOrder([{ field_name: 'foo' }]), 'Invalid order by field name: foo')
  refuses(() => parseLoggedModelOrder([{ field_name: 'params.lr' }]), 'Invalid order by field name: params.lr. Only metrics are supported.')
  refuses(() => parseLoggedModelOrder([{}]), 'Invalid order by field name: ')
})

test('the versions of a model are asked for by its exact name, whatever stands in it', () => {
  const name = fc.string({ unit: fc.constantFrom('a', "'", '"', '\\', ' ', '%', 'ü', '模', '\n', ')'), minLength: 1, maxLength: 8 })
  fc.assert(fc.property(name, (text) => {
    const [clause, ...more] = parseModelVersionFilter(printExactName(text))
    assert.deepEqual([more, clause!.key, [clause!.value].flat()], [[], 'name', [text]])
  }))
})
