import type { Dialect } from './types.ts'

interface Widened {
  readonly table: string
  /** Columns that are there, with their types; the keyed one among them. */
  readonly columns: readonly (readonly [name: string, type: string])[]
  /** The column that was unique alone. */
  readonly unique: string
  /** The new column in front of it, and what it is in the rows that are there. */
  readonly by: string
  readonly value: number
  /** Indexes that go, and the statements of those that come; SQLite loses all with the old table. */
  readonly drop: readonly string[]
  readonly create: readonly string[]
}

/**
 * Statements by which names that were unique become unique together with a new column. PostgreSQL
 * changes its catalogue alone; SQLite cannot drop a constraint, so the rows are copied: for tables
 * with few rows.
 */
export function widenUnique(dialect: Dialect, { table, columns, unique, by, value, drop, create }: Widened): string[] {
  const names = columns.map(([name]) => name).join(', ')
  const rest = columns.map(([name, type]) => `${name} ${type}`).join(', ')
  return dialect.name === 'sqlite'
    ? [
        `CREATE TABLE ${table}_widened (${rest}, ${by} BIGINT NOT NULL, UNIQUE (${by}, ${unique}))`,
        `INSERT INTO ${table}_widened (${names}, ${by}) SELECT ${names}, ${value} FROM ${table}`,
        `DROP TABLE ${table}`,
        `ALTER TABLE ${table}_widened RENAME TO ${table}`,
        ...create,
      ]
    : [
        `ALTER TABLE ${table} ADD COLUMN ${by} BIGINT NOT NULL DEFAULT ${value}`,
        // Who adds a row says where it belongs.
        `ALTER TABLE ${table} ALTER COLUMN ${by} DROP DEFAULT`,
        `ALTER TABLE ${table} DROP CONSTRAINT ${table}_${unique}_key`,
        `ALTER TABLE ${table} ADD CONSTRAINT ${table}_${by}_${unique}_key UNIQUE (${by}, ${unique})`,
        ...drop.map((index) => `DROP INDEX ${index}`),
        ...create,
      ]
}
