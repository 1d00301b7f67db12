import type { Migration } from '../platform/db/index.ts'

export const signInMigrations: Migration[] = [{
  name: 'sign-in/0001-tokens',
  up: () => [
    // Only a hash of the secret: it is random, so a quick one is enough.
    `CREATE TABLE tokens (
      token_id TEXT PRIMARY KEY,
      user_id BIGINT NOT NULL,
      name TEXT NOT NULL,
      secret_hash TEXT NOT NULL,
      scopes TEXT NOT NULL,
      creation_time BIGINT NOT NULL,
      expiry_time BIGINT,
      last_used_time BIGINT
    )`,
    'CREATE INDEX tokens_by_user ON tokens (user_id, creation_time)',
    // What a browser keeps in its cookie; here only its hash.
    `CREATE TABLE sessions (
      session_hash TEXT PRIMARY KEY,
      user_id BIGINT NOT NULL,
      creation_time BIGINT NOT NULL,
      last_used_time BIGINT NOT NULL
    )`,
    'CREATE INDEX sessions_by_user ON sessions (user_id)',
    // The hash of what a one-time link holds.
    `CREATE TABLE set_up_links (
      link_hash TEXT PRIMARY KEY,
      expiry_time BIGINT NOT NULL
    )`,
  ],
}, {
  name: 'sign-in/0002-identities',
  up: () => [
    // Who somebody is at a provider: names change and are given to others, subjects are not.
    `CREATE TABLE identities (
      issuer TEXT NOT NULL,
      subject TEXT NOT NULL,
      user_id BIGINT NOT NULL,
      PRIMARY KEY (issuer, subject)
    )`,
    'CREATE INDEX identities_by_user ON identities (user_id)',
  ],
}]
