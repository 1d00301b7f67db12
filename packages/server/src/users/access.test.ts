import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { PermissionLevel } from '@cairn/protocol'
import { Access, type Grant } from './access.ts'

const order: PermissionLevel[] = ['NO_PERMISSIONS', 'READ', 'USE', 'EDIT', 'MANAGE']
const levels = fc.constantFrom<PermissionLevel>('READ', 'USE', 'EDIT', 'MANAGE', 'DENY')
const grants = fc.array(fc.record({ resource_type: fc.constantFrom('experiment' as const, 'registered_model' as const), resource_pattern: fc.constantFrom('*', '1', '2'), permission: levels }), { maxLength: 6 })
const user = { id: 1, username: 'ada', is_admin: false }

describe('what somebody may do', () => {
  it('is the highest that any role grants on the thing or all of its kind, never less than the default, and nothing where one denies', () => {
    fc.assert(fc.property(grants, fc.constantFrom(...order), fc.constantFrom('1', '2', '3'), (given: Grant[], least, id) => {
      const access = new Access(user, given, { floor: least, absent: least, workspace: 'default' })
      const on = given.filter(({ resource_type, resource_pattern }) => resource_type === 'experiment' && (resource_pattern === '*' || resource_pattern === id)).map(({ permission }) => permission)
      const wanted = on.includes('DENY') ? 'DENY' : order[Math.max(order.indexOf(least), ...on.map((level) => order.indexOf(level)))]
      assert.equal(access.level('experiment', id), wanted)
      const reads = wanted !== 'DENY' && wanted !== 'NO_PERMISSIONS'
      assert.equal(access.may([{ type: 'experiment', id, action: 'read' }]), reads)
      assert.equal(access.may([{ type: 'experiment', id, action: 'manage' }]), wanted === 'MANAGE')
    }))
  })

  it('by a token is never more than without it', () => {
    const scopes = fc.record({ level: fc.constantFrom('read' as const, 'write' as const, 'admin' as const), only: fc.option(fc.constant({ experiment: ['1'] }), { nil: undefined }) })
    const actions = fc.constantFrom('read' as const, 'update' as const, 'delete' as const, 'manage' as const)
    fc.assert(fc.property(grants, fc.boolean(), scopes, fc.constantFrom('1', '2'), actions, (given: Grant[], is_admin, scope, id, action) => {
      const whole = new Access({ ...user, is_admin }, given, { floor: 'NO_PERMISSIONS', absent: 'NO_PERMISSIONS', workspace: 'default' })
      const narrow = whole.within(scope.only === undefined ? { level: scope.level } : { level: scope.level, only: scope.only })
      const requirement = [{ type: 'experiment' as const, id, action }]
      if (narrow.may(requirement)) assert.ok(whole.may(requirement))
      if (scope.level === 'read' && action !== 'read') assert.equal(narrow.may(requirement), false)
      if (scope.only !== undefined && id !== '1') assert.equal(narrow.may(requirement), false)
      if (scope.level !== 'admin') assert.equal(narrow.isAdmin, false)
    }))
  })
})
