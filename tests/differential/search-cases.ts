import type { LoggedModelOrderInput } from '@cairn/protocol'

/**
 * Filters and orders to compare with MLflow: made by the grammar, then most of them spoiled. The
 * same seed makes the same cases.
 */
export type Entity = 'run' | 'experiment' | 'registered_model' | 'model_version' | 'logged_model'
export interface Case {
  entity: Entity
  filter?: string
  order_by?: string[] | LoggedModelOrderInput[]
}

export type Random = () => number

/** A small generator of numbers in [0, 1): mulberry32. */
export function random(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

const attributes: Record<Entity, string[]> = {
  run: ['run_id', 'run_name', '`run name`', '"Run Name"', 'created', 'Created', 'status', 'user_id', 'artifact_uri', 'start_time', 'end_time'],
  experiment: ['name', 'experiment_id', 'creation_time', 'last_update_time'],
  registered_model: ['name', 'timestamp', 'last_updated_timestamp', 'creation_timestamp'],
  model_version: ['name', 'run_id', 'source_path', 'version_number', 'creation_timestamp', 'last_updated_timestamp'],
  logged_model: ['name', 'model_id', 'model_type', 'status', 'source_run_id', 'creation_time', 'creation_timestamp', 'last_updated_timestamp'],
}
const prefixes: Record<Entity, string[]> = {
  run: ['attribute.', 'attributes.', 'attr.', 'run.', '', '', ''],
  experiment: ['attribute.', '', '', ''],
  registered_model: ['attribute.', '', '', ''],
  model_version: ['attribute.', '', '', ''],
  logged_model: ['attributes.', '', '', ''],
}
const entities: Record<Entity, string[]> = {
  run: ['metric', 'metrics', 'param', 'params', 'parameter', 'parameters', 'tag', 'tags', 'dataset', 'datasets', '`metrics`'],
  experiment: ['tag', 'tags'],
  registered_model: ['tag', 'tags'],
  model_version: ['tag', 'tags'],
  logged_model: ['metrics', 'params', 'tags'],
}
const keys = ['acc', 'loss', 'val_loss', '`val/loss`', '"a b"', "`a'b`", 'a.b.c', 'created', 'order', 'select', 'name', 'digest', 'context', 'timestamp',
  '`mlflow.prompt.is_prompt`', 'mlflow.source.type', 'é', '`日本`', 'a-b', '1st', 'x1', 'key', 'date', 'end']
const operators = ['=', '!=', '>', '>=', '<', '<=', 'LIKE', 'like', 'ILIKE', 'iLike']
const values = ["'a'", '"b"', "'it''s'", "'a\\'b'", "'%x_'", "''", "' '", "'é 日本 😀'", '1', '0.5', '-3', '1e5', '-1.5E-3', '.5', '5.', '1234567890123',
  "('a')", "('a', 'b')", "('a','b',)", '()', 'foo', 'NaN', 'Infinity', 'NULL', "'true'", "'READY'", '`x`', "('a' 'b')", "('a\\n')", '(1)', "('a', 1, 2.50)"]
const junk = ['OR', 'and', 'AND', 'NOT', '(', ')', ',', ';', '.', '=', '==', '!', '<>', "'", '"', '`', '--', '/*', '*/', '# ', '*', '+', '-', '/', '%', '$', '::', ':=',
  'BETWEEN', 'IS', 'NULL', 'IN', 'AS', 'ASC', 'DESC', 'CASE', 'END', 'WHERE', 'LIMIT', 'x', '1', "'s'", '[', ']', '{', '\\', '?', '@', '&', '|', '\n', '\t', ' ',
  'metrics.', 'params', '  ', 'é', '😀', 'RLIKE', 'NOT LIKE', 'REGEXP', 'timestamp', 'date', '0x1F', '1a', '$$', '$a$', 'FROM', 'VALUES', 'foo(1)', 'OVER', 'BEGIN', 'GROUP BY']

export function makeCases(entity: Entity, count: number, next: Random): Case[] {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(next() * items.length)]!
  const chance = (share: number): boolean => next() < share
  const gap = (): string => (chance(0.9) ? ' ' : pick(['', '  ', '\n', '\t ']))

  const identifier = (): string => (chance(0.45) ? pick(prefixes[entity]) + pick(attributes[entity]) : `${pick(entities[entity])}.${pick(keys)}`)
  const clause = (): string => {
    const left = identifier()
    if (chance(0.12)) return `${left}${gap()}${pick(['IN', 'in', 'NOT IN', 'not in'])}${gap()}${pick(["('a','b')", "('x')", '()', "('1', '2')", "('a' , \"b\")"])}`
    if (chance(0.1)) return `${left}${gap()}${pick(['IS NULL', 'is not null', 'IS NOT NULL', 'IS  NOT NULL', 'IS NOT  NULL'])}`
    return `${left}${gap()}${pick(operators)}${gap()}${chance(0.7) ? fitting(left) : pick(values)}`
  }
  const fitting = (left: string): string => (/metric|time|created|version/i.test(left) ? pick(['1', '0.5', '-3', '1e5', '1234567890123']) : pick(["'a'", '"b"', "'%x_'", "'5'"]))
  const filter = (): string => {
    let text = clause()
    while (chance(0.5)) text += `${gap()}${pick(['AND', 'and', 'AND', 'And', chance(0.2) ? '' : 'AND'])}${gap()}${clause()}`
    return text
  }
  const orderItem = (): string => {
    const text = identifier() + (chance(0.6) ? `${gap()}${pick(['ASC', 'DESC', 'asc', 'Desc', chance(0.2) ? 'FOO' : 'ASC', chance(0.2) ? 'ASC NULLS LAST' : 'DESC'])}` : '')
    return text
  }
  const spoil = (text: string): string => {
    let spoiled = text
    do {
      const at = Math.floor(next() * (spoiled.length + 1))
      const length = chance(0.5) ? 0 : Math.floor(next() * 4)
      spoiled = spoiled.slice(0, at) + (chance(0.7) ? (chance(0.5) ? ` ${pick(junk)} ` : pick(junk)) : '') + spoiled.slice(at + length)
    } while (chance(0.3))
    return spoiled.toWellFormed()
  }

  return Array.from({ length: count }, () => {
    if (entity === 'logged_model' && chance(0.15)) {
      const names = [...attributes.logged_model, 'metrics.acc', 'metrics.a b.c', 'metrics.', 'params.x', 'foo', '', 'creation_timestamp_ms', 'Name', '__table__', 'tags']
      return { entity, order_by: [{ field_name: pick(names), ascending: chance(0.5), ...(chance(0.3) && { dataset_name: pick(['d', '']), dataset_digest: 'x' }) }] }
    }
    if (entity !== 'logged_model' && chance(0.3)) {
      const items = [orderItem()]
      while (chance(0.3)) items.push(orderItem())
      return { entity, order_by: chance(0.5) ? items : items.map(spoil) }
    }
    const text = filter()
    return { entity, filter: chance(0.5) ? text : spoil(text) }
  })
}
