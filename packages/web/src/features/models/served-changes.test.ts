import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { ServingEndpoint } from '@cairn/protocol'
import { servedChanges } from './served-changes.ts'

const endpoint = (name: string, more: Partial<ServingEndpoint>): ServingEndpoint => ({ name, model_name: 'churn', revision: 1, salt: 's', traffic: [], creation_timestamp: 0, last_updated_timestamp: 0, updated_by: 'ada', servers: [], ...more })

it('whoever moves an alias is told which endpoints answer with another version from then on, and how much of it', () => {
  const all = [
    endpoint('shop', { traffic: [{ alias: 'champion', version: '1', weight: 75 }, { version: '2', weight: 25 }] }),
    endpoint('trial', { traffic: [{ alias: 'champion', version: '1', weight: 100 }], rollout: { version: '3', steps: [20, 50], step: 0, since: 0, min_requests: 1, min_seconds: 1 } as unknown as ServingEndpoint['rollout'] & {} }),
    endpoint('fixed', { traffic: [{ version: '1', weight: 100 }] }),
    endpoint('beside', { traffic: [{ alias: 'other', version: '1', weight: 100 }], shadow: { alias: 'champion', version: '1', sample: 0.1 } }),
  ]
  assert.deepEqual(servedChanges(all, 'champion', '2'), [
    'The endpoint shop follows it: version 2 answers 75 % of its requests.',
    'The endpoint trial follows it: version 2 answers 80 % of its requests.',
    'The endpoint beside asks version 2 in the shadow.',
  ])
  assert.deepEqual(servedChanges(all.slice(0, 1), 'champion', undefined), ['The endpoint shop follows it: it has no version for 75 % of its requests.'])
  assert.deepEqual(servedChanges(all, 'nobody', '2'), [])
})
