import assert from 'node:assert/strict'
import { it } from 'node:test'
import { allEndpoints } from '@cairn/protocol'
import { rights } from './index.ts'

it('every endpoint says in rights.ts what its caller needs, and nothing there is for an endpoint that there is not', () => {
  const names = new Set(allEndpoints.map(({ name }) => name))
  assert.deepEqual([...names].filter((name) => !Object.hasOwn(rights, name)), [])
  assert.deepEqual(Object.keys(rights).filter((name) => !names.has(name)), [])
})
