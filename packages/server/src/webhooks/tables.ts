import type { Migration } from '../platform/db/index.ts'

export const webhookMigrations: Migration[] = [{
  name: 'webhooks/0001-webhooks',
  up: (dialect) => [
    `CREATE TABLE webhooks (
      webhook_id TEXT NOT NULL PRIMARY KEY,
      name TEXT NOT NULL,
      description TEXT,
      url TEXT NOT NULL,
      status TEXT NOT NULL,
      sealed_secret TEXT,
      creation_timestamp BIGINT NOT NULL,
      last_updated_timestamp BIGINT NOT NULL
    )`,
    'CREATE INDEX webhooks_by_creation ON webhooks (creation_timestamp, webhook_id)',
    `CREATE TABLE webhook_events (
      entity TEXT NOT NULL,
      action TEXT NOT NULL,
      webhook_id TEXT NOT NULL,
      position BIGINT NOT NULL,
      PRIMARY KEY (entity, action, webhook_id)
    )${dialect.clustered}`,
    'CREATE INDEX webhook_events_by_webhook ON webhook_events (webhook_id, position)',
    // What is to be sent and the log of what was: a row is written with the change that it tells of.
    `CREATE TABLE webhook_deliveries (
      delivery_seq ${dialect.id},
      delivery_id TEXT NOT NULL UNIQUE,
      webhook_id TEXT NOT NULL,
      entity TEXT NOT NULL,
      action TEXT NOT NULL,
      body TEXT NOT NULL,
      status TEXT NOT NULL,
      attempts BIGINT NOT NULL,
      leased BIGINT NOT NULL,
      creation_timestamp BIGINT NOT NULL,
      next_attempt_timestamp BIGINT,
      last_attempt_timestamp BIGINT,
      response_status BIGINT,
      error_message TEXT
    )`,
    `CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_attempt_timestamp, delivery_seq) WHERE status = 'PENDING'`,
    'CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, delivery_seq)',
    'CREATE INDEX webhook_deliveries_by_creation ON webhook_deliveries (creation_timestamp)',
  ],
}, {
  name: 'webhooks/0002-workspaces',
  up: () => ['ALTER TABLE webhooks ADD COLUMN workspace_id BIGINT NOT NULL DEFAULT 1'],
}]
