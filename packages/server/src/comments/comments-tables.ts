import type { Migration } from '../platform/db/index.ts'

export const commentMigrations: Migration[] = [{
  name: 'comments/0001-comments',
  up: (dialect) => [
    // `target` names what is commented for ever: `run ID`, `panel EXPERIMENT TITLE`, `run-panel RUN TITLE`, `version MODEL_UID NUMBER`.
    `CREATE TABLE comments (
      comment_id ${dialect.id},
      target TEXT NOT NULL,
      thread_id BIGINT,
      text TEXT NOT NULL,
      author TEXT NOT NULL,
      mentions TEXT NOT NULL,
      creation_time BIGINT NOT NULL,
      edited_time BIGINT,
      resolved_time BIGINT,
      resolved_by TEXT,
      deleted_time BIGINT
    )`,
    'CREATE INDEX comments_by_target ON comments (target, comment_id)',
    'CREATE INDEX comments_by_thread ON comments (thread_id)',
    `CREATE TABLE comment_mentions (
      name TEXT NOT NULL,
      comment_id BIGINT NOT NULL,
      PRIMARY KEY (name, comment_id)
    )${dialect.clustered}`,
    'CREATE INDEX comment_mentions_by_comment ON comment_mentions (comment_id)',
  ],
}]
