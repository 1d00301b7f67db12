import type { Dialect } from './types.ts'

export const sqliteDialect: Dialect = {
  name: 'sqlite',
  id: 'INTEGER PRIMARY KEY',
  blob: 'BLOB',
  clustered: ' WITHOUT ROWID',
  // GLOB would need its own escaping; LIKE with the pragma `case_sensitive_like` is the plain form.
  like: (column) => `${column} LIKE ?`,
  ilike: (column) => `lower(${column}) LIKE lower(?)`,
  bytewise: (column) => column,
}
