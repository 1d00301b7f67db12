import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { allEndpoints as everyEndpoint, laterEndpoints, prefixes } from '@cairn/protocol'
import { rights } from '../../packages/server/src/guard/index.ts'
import { startWithAccounts, type AuthServer, type Person } from './server.ts'
import { inputOf, somethingOf } from './walk.ts'

/** Endpoints that answer anybody; a new one is a decision that belongs into this list too. */
const open = new Set([
  'getHealth', 'getReady', 'getServerInfo', 'uploadPart', 'listUploadedParts', 'signInPage', 'signIn', 'signInStyle', 'setUpPage', 'setUp', 'oidcStart', 'oidcCallback',
])
/** Endpoints that everybody who has signed in may ask: their answers are about the caller, or hold only what the caller may see. */
const forAll = new Set([
  'getVersion', 'graphql', 'graphqlByGet', 'getCurrentUser', 'listCurrentUserPermissions', 'createToken', 'listTokens', 'deleteToken', 'listTeams', 'listQuotas', 'accountPage', 'createOwnToken', 'deleteOwnToken',
  'changeOwnPassword', 'signOut', 'searchExperiments', 'searchExperimentsGet', 'listExperimentOverview', 'getHome', 'searchRuns', 'searchLoggedModels', 'searchRegisteredModels', 'searchModelVersions', 'listServingEndpoints', 'openRunTable', 'listMetricRanges', 'listTableRows', 'listTableKeys', 'listKeyValues', 'listRunFields', 'groupRuns',
  'listViews', 'listMentions',
  // New things belong to nobody yet; without workspaces everybody may make them, as in MLflow.
  'createExperiment', 'createRegisteredModel',
])

// Those of workspaces are walked in `workspaces.test.ts`: without workspaces they are not there.
const allEndpoints = everyEndpoint.filter(({ group }) => group !== 'workspaces')

describe('every route of a server with accounts', () => {
  for (const staticPrefix of ['', '/team/cairn']) {
    describe(staticPrefix === '' ? 'without a static prefix' : `under ${staticPrefix}`, () => {
      let server: AuthServer
      let stranger: Person
      let known: Readonly<Record<string, unknown>>
      before(async () => {
        server = await startWithAccounts({ defaultPermission: 'NO_PERMISSIONS', flags: staticPrefix === '' ? {} : { 'static-prefix': staticPrefix } })
        stranger = await server.user('stranger')
        known = await somethingOf(server.admin)
      })
      after(() => server[Symbol.asyncDispose]())

      it('answers 401 without credentials, with wrong ones and with a session that there is not, in every prefix', async () => {
        const wrong = [server.nobody, server.bearer(`cairn_0123456789abcdef_${'x'.repeat(43)}`)]
        for (const endpoint of allEndpoints) {
          if (open.has(endpoint.name)) continue
          for (const prefix of prefixes[endpoint.api]) {
            const { status, body } = await server.nobody.call(endpoint, inputOf(endpoint, known), prefix)
            assert.deepEqual([status, body.error_code], [401, 'UNAUTHENTICATED'], `${endpoint.method} ${prefix}${endpoint.path}`)
          }
        }
        for (const { method, api, path } of laterEndpoints) {
          for (const prefix of prefixes[api]) {
            const { status } = await server.nobody.send(method, `${prefix}${path.replace(/\{\w+\*?\}/g, 'x')}`, method === 'GET' ? undefined : {})
            assert.equal(status, 401, `${method} ${prefix}${path}`)
          }
        }
        for (const person of wrong) assert.equal((await person.send('GET', '/api/2.0/mlflow/users/current')).status, 401)
        const cookie = { cookie: `cairn_session=${'x'.repeat(43)}`, 'sec-fetch-site': 'same-origin' }
        assert.equal((await server.nobody.send('GET', '/api/2.0/mlflow/users/current', undefined, cookie)).status, 401)
        for (const path of ['/', '/nothing', '/experiments/0', '/assets/app.js', '/api/2.0/mlflow/nothing', '/ajax-api/9.9/x', '/api/2.0/mlflow/runs/get/../search']) {
          assert.equal((await server.nobody.send('GET', path)).status, 401, path)
        }
      })

      it('answers 403 to whoever lacks the right, in every prefix', async () => {
        for (const endpoint of allEndpoints) {
          if (open.has(endpoint.name) || forAll.has(endpoint.name)) continue
          for (const prefix of prefixes[endpoint.api]) {
            const { status, body } = await stranger.call(endpoint, inputOf(endpoint, known), prefix)
            assert.deepEqual([status, body.error_code, body.message], [403, 'PERMISSION_DENIED', 'Permission denied'], `${endpoint.method} ${prefix}${endpoint.path}`)
          }
        }
      })

      it('gives nothing away where it answers everybody', async () => {
        for (const endpoint of allEndpoints) {
          if (!forAll.has(endpoint.name) || rights[endpoint.name]!.who !== 'reader') continue
          const { status, text } = await stranger.call(endpoint, inputOf(endpoint, known))
          // Nothing, or lists and counts of nothing; and where the stream of live events is.
          const nothing = (value: unknown): boolean => value === 0 || (Array.isArray(value) ? value.length === 0 : typeof value === 'object' && value !== null && Object.entries(value).every(([name, inner]) => name === 'now' || name === 'position' || nothing(inner)))
          assert.ok(status === 200 && nothing(JSON.parse(text)), `${endpoint.name}: ${status} ${text}`)
        }
        for (const name of open) assert.equal(rights[name]!.who, 'anybody', name)
      })

      it('lets the admin in, so that the refusals are about the right', async () => {
        for (const endpoint of allEndpoints) {
          if (endpoint.method !== 'GET' || endpoint.name === 'live' || endpoint.name === 'setUpPage') continue
          const { status, text } = await server.admin.call(endpoint, inputOf(endpoint, known))
          assert.ok(![401, 403].includes(status) && status < 500 || /NOT_IMPLEMENTED/.test(text), `${endpoint.name}: ${status} ${text.slice(0, 200)}`)
        }
      })
    })
  }
})

it('only these are open to everybody', () => {
  assert.deepEqual(Object.entries(rights).filter(([, right]) => right.who === 'anybody').map(([name]) => name).sort(), [...open].sort())
})
