import type { Migration } from '../platform/db/index.ts'

export const gcMigrations: Migration[] = [{
  name: 'gc/0001-removals',
  up: ({ id }) => [
    // Places of what was removed for good, written in the transaction that removes the rows, until their files are gone.
    `CREATE TABLE removals (
      id ${id},
      kind TEXT NOT NULL,
      thing TEXT NOT NULL,
      location TEXT NOT NULL,
      time BIGINT NOT NULL
    )`,
  ],
}]
