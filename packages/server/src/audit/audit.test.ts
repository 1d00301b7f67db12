import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { write, type Database } from '../platform/db/index.ts'
import { openTestDatabase } from '../platform/db/testing-database.ts'
import { listEntries } from './audit.ts'
import { auditMigrations, recordChange, type Change } from './index.ts'

const record = write('auditTest.record', async (tx, input: { change: Change; fail?: boolean }) => {
  const recorded = await recordChange(tx, { principal: 'ada', now: 1000 }, input.change)
  if (input.fail) throw new Error('The change failed.')
  return recorded
})

describe('the audit trail', () => {
  let db: Database
  before(async () => {
    db = await openTestDatabase({ migrations: auditMigrations })
    const model = { entity: 'registered_model', uid: 'u1', name: 'churn' } as const
    await db.write(record, { change: { ...model, action: 'create', after: { description: '' } } })
    await db.write(record, { change: { ...model, action: 'rename', before: { name: 'churn' }, after: { name: 'churn-2' } } })
    await db.write(record, { change: { entity: 'model_version', uid: 'u1', name: 'churn-2', action: 'create', version: 1, after: { source: 's3://b' } } })
    await db.write(record, { change: { entity: 'registered_model', uid: 'u2', name: 'other', action: 'create' } })
  })
  after(async () => {
    await db[Symbol.asyncDispose]()
  })

  it('says who changed what, when, from what to what', async () => {
    const { entries } = await db.scan(listEntries, { entity_name: 'churn', action: 'rename' })
    assert.deepEqual(entries, [{
      entry_id: '2', timestamp: 1000, principal: 'ada', entity: 'registered_model', entity_name: 'churn', action: 'rename', before: { name: 'churn' }, after: { name: 'churn-2' },
    }])
  })

  it('keeps the history of a renamed entity under each of its names', async () => {
    for (const entity_name of ['churn', 'churn-2']) {
      assert.deepEqual((await db.scan(listEntries, { entity_name })).entries.map((entry) => entry.action), ['create', 'rename', 'create'])
    }
    assert.equal((await db.scan(listEntries, { entity_name: 'churn', entity: 'model_version', version: '1' })).entries.length, 1)
  })

  it('pages from the newest to the oldest', async () => {
    const seen: string[] = []
    for (let page_token: string | undefined = ''; page_token !== undefined;) {
      const page: { entries: { entry_id: string }[]; next_page_token?: string } = await db.scan(listEntries, { max_results: 3, page_token })
      seen.push(...page.entries.map((entry) => entry.entry_id))
      page_token = page.next_page_token
    }
    assert.deepEqual(seen, ['4', '3', '2', '1'])
  })

  it('refuses a page size, a token and a version that make no sense', async () => {
    for (const request of [{ max_results: 0 }, { max_results: 1001 }, { page_token: 'nonsense!' }, { version: 'x' }]) {
      await assert.rejects(db.scan(listEntries, request), { code: 'INVALID_PARAMETER_VALUE' })
    }
  })

  it('holds nothing of a change that failed', async () => {
    await assert.rejects(db.write(record, { change: { entity: 'registered_model', uid: 'u3', name: 'failed', action: 'create' }, fail: true }))
    assert.deepEqual((await db.scan(listEntries, { entity_name: 'failed' })).entries, [])
  })
})
