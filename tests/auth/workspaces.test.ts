import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { allEndpoints, prefixes } from '@cairn/protocol'
import { rights } from '../../packages/server/src/guard/index.ts'
import { startWithAccounts, type AuthServer, type Person } from './server.ts'
import { inputOf, somethingOf } from './walk.ts'

const cats = '/vision/cats.mlflow'
const dogs = '/audio/dogs.mlflow'
const mlflow = '/api/2.0/mlflow'
const spaces = '/api/3.0/mlflow/workspaces'

/** Groups that are about the server and its people, wherever they are. */
const ofTheServer = new Set(['quotas', 'mirror', 'users', 'roles', 'permissions', 'teams', 'tokens', 'sign-in', 'server', 'workspaces', 'webhooks'])
/** What makes something new, names nothing that could be elsewhere, or answers the caller alone. */
const namesNothing = new Set([
  'createExperiment', 'createRegisteredModel', 'graphql', 'graphqlByGet', 'live', 'listAuditEntries', 'uploadPart', 'listUploadedParts', 'setUpPage', 'setUp',
])

async function makeWorkspaces(admin: Person): Promise<void> {
  for (const name of ['vision--cats', 'audio--dogs']) assert.equal((await admin.send('POST', spaces, { name })).status, 201)
}

for (const accounts of [true, false]) {
  describe(`in another workspace, on a server ${accounts ? 'with' : 'without'} accounts,`, () => {
    let server: AuthServer
    let known: Readonly<Record<string, unknown>>
    let asker: Person
    before(async () => {
      server = await startWithAccounts({ accounts, flags: { 'enable-workspaces': true } })
      asker = accounts ? server.admin : server.nobody
      await makeWorkspaces(asker)
      known = await somethingOf(asker, cats, accounts)
    })
    after(() => server[Symbol.asyncDispose]())

    it('nothing is there that every route shows in its own, whoever asks', async () => {
      const told = new RegExp(`hidden|secret|loss|${String(known['run_id'])}|${String(known['model_id'])}`)
      let walked = 0
      for (const endpoint of allEndpoints) {
        if (ofTheServer.has(endpoint.group) || namesNothing.has(endpoint.name)) continue
        for (const at of [dogs, '']) {
          const { status, text } = await asker.call(endpoint, inputOf(endpoint, known), at + prefixes[endpoint.api][0]!)
          const reads = rights[endpoint.name]!.who === 'reader'
          const said = `${at || 'default'} ${endpoint.name}: ${status} ${text.slice(0, 300)}`
          if (reads && status === 200) assert.ok(!told.test(text), said)
          // A path of another workspace is refused in MLflow's words, with 400.
          else assert.ok([404, 400].includes(status) && (status === 404 || /workspace|not found/i.test(text) || reads), said)
          walked += 1
        }
      }
      assert.ok(walked > 150)
      // All of it is still there, and untouched.
      const { body } = await asker.send('GET', `${cats}${mlflow}/runs/get?run_id=${known['run_id']}`)
      assert.deepEqual([body.run.info.lifecycle_stage, body.run.data.tags.length], ['active', 1])
      assert.equal((await asker.send('GET', `${cats}/api/2.0/mlflow-artifacts/artifacts/${known['artifact_path']}`)).status, 200)
    })

    it('a run is left out like one that is gone, where a change of many may leave some out', async () => {
      const { experiment_id } = (await asker.send('POST', `${dogs}${mlflow}/experiments/create`, { name: 'kennel' })).body
      const { run } = (await asker.send('POST', `${dogs}${mlflow}/runs/create`, { experiment_id, start_time: 1 })).body
      const gone = '0'.repeat(32)
      const run_ids = [known['run_id'], run.info.run_id, gone]
      for (const [at, left_out] of [[dogs, [known['run_id'], gone]], ['', run_ids]] as const) {
        const { body } = await asker.send('POST', `${at}/api/cairn/v1/runs/change`, { run_ids, change: 'archive', skip_gone: true })
        assert.deepEqual(body, { changed: 3 - left_out.length, left_out })
      }
      assert.equal((await asker.send('POST', `${dogs}/api/cairn/v1/runs/change`, { run_ids, change: 'archive' })).status, 404)
      assert.ok(!(await asker.send('GET', `${cats}${mlflow}/runs/get?run_id=${known['run_id']}`)).text.includes('archived'))
    })

    it('lists, the audit trail and GraphQL hold what is there alone', async () => {
      const lists = [['GET', `${mlflow}/registered-models/search`], ['GET', `${mlflow}/model-versions/search`], ['GET', '/api/cairn/v1/endpoints'], ['GET', '/api/cairn/v1/views'], ['POST', `${mlflow}/experiments/search`]] as const
      for (const at of [dogs, '']) {
        for (const [method, path] of lists) {
          const { status, text } = await asker.send(method, at + path, method === 'POST' ? { max_results: 100 } : undefined)
          assert.ok(status === 200 && !/hidden|secret/.test(text), `${at}${path}: ${text}`)
        }
        const { entries } = (await asker.send('GET', `${at}/api/cairn/v1/audit?max_results=1000`)).body
        assert.deepEqual(entries.filter(({ entity, entity_name }: Record<string, string>) => entity !== 'team' && /hidden|secret/.test(entity_name!)), [])
        const query = `{ mlflowGetRun(input: {runId: "${String(known['run_id'])}"}) { run { info { runId } } } mlflowSearchModelVersions(input: {filter: "name='hidden'"}) { modelVersions { name } } }`
        const { text } = await asker.send('POST', `${at}/graphql`, { query })
        assert.ok(!text.includes('"runId"') && !text.includes('hidden'), text)
      }
      assert.match((await asker.send('GET', `${cats}/api/cairn/v1/audit?max_results=1000`)).text, /hidden/)
    })

    it('nobody hears of what happens, but those who are there', { timeout: 60_000 }, async () => {
      const heard = async (at: string, until: string): Promise<string> => {
        const stop = new AbortController()
        const response = await fetch(`${server.url}${at}/api/cairn/v1/live`, { signal: stop.signal, headers: asker.authorization === undefined ? {} : { authorization: asker.authorization } })
        let text = ''
        for await (const piece of response.body!) {
          text += Buffer.from(piece).toString()
          if (text.includes(until)) break
        }
        stop.abort()
        return text
      }
      let listening = true
      const make = (at: string, name: string): Promise<unknown> => asker.send('POST', `${at}${mlflow}/experiments/create`, { name })
      const [there, elsewhere, usual] = [heard(cats, 'last-of-cats'), heard(dogs, 'last-of-dogs'), heard('', 'last-of-default')]
      // The streams are open once an event of their own arrives; what was before them nobody waits for.
      const knocking = (async () => {
        for (let round = 0; listening; round += 1) {
          await asker.send('POST', `${cats}${mlflow}/registered-models/create`, { name: `model-of-cats-${round}` })
          for (const [at, of] of [[cats, 'cats'], [dogs, 'dogs'], ['', 'default']] as const) await make(at, `last-of-${of} ${round}`)
        }
      })()
      const [a, b, c] = await Promise.all([there, elsewhere, usual])
      listening = false
      await knocking
      for (const [text, own] of [[a, 'cats'], [b, 'dogs'], [c, 'default']] as const) {
        assert.ok(['cats', 'dogs', 'default'].every((of) => of === own || !text.includes(`of-${of}`)), text)
      }
    })

    it('a path names what is below the workspace, whatever its spelling, and never another', async () => {
      const path = String(known['artifact_path'])
      const files = '/api/2.0/mlflow-artifacts/artifacts'
      for (const at of [dogs, '']) {
        for (const spelling of [path, `./${path}`, `.//${path}`, `${path.replace('/cats', '/./cats')}`, path.replace('workspaces/', 'workspaces//'), path.replaceAll('/', '%2F'), `x/../${path}`]) {
          const { status, text } = await asker.send('GET', `${at}${files}/${spelling}`)
          assert.ok(status >= 400 && !text.includes('"x"'), `${at} ${spelling}: ${status} ${text}`)
          assert.ok((await asker.send('DELETE', `${at}${files}/${spelling}`)).status >= 400, spelling)
        }
        for (const folder of ['workspaces', 'workspaces/vision--cats', './workspaces/vision--cats', 'workspaces/']) {
          const { text } = await asker.send('GET', `${at}${files}?path=${encodeURIComponent(folder)}`)
          assert.ok(!text.includes('vision--cats"') && !text.includes(`"${known['experiment_id']}"`), text)
        }
        for (const folder of ['workspaces', 'workspaces/', '.', '%2e']) assert.ok((await asker.send('DELETE', `${at}${files}/${folder}`)).status >= 400, folder)
      }
      assert.equal((await asker.send('GET', `${cats}${files}/${path}`)).status, 200)
    })

    it('a model version cannot show what lies there', async () => {
      await asker.send('POST', `${dogs}${mlflow}/registered-models/create`, { name: 'thief' })
      const own = (await asker.send('POST', `${dogs}${mlflow}/experiments/create`, { name: 'own' })).body.experiment_id as string
      const run = (await asker.send('POST', `${dogs}${mlflow}/runs/create`, { experiment_id: own, start_time: 1 })).body.run.info.run_id as string
      const folder = `/${String(known['artifact_path']).replace(/\/a\.txt$/, '')}`
      for (const source of [`mlflow-artifacts:${folder}`, `${server.url}/api/2.0/mlflow-artifacts/artifacts${folder}`, `runs:/${String(known['run_id'])}/x`, 'models:/hidden/1', 'models:/hidden@best', `models:/${String(known['model_id'])}`, `${server.folder}/cairn-data/artifacts${folder}`]) {
        for (const more of [{ run_id: run }, {}, { run_id: known['run_id'] }, { model_id: known['model_id'] }]) {
          const { status, text } = await asker.send('POST', `${dogs}${mlflow}/model-versions/create`, { name: 'thief', source, ...more })
          assert.ok(status >= 400, `${source} ${JSON.stringify(more)}: ${text}`)
        }
      }
    })
  })
}

describe('the workspaces of a team', () => {
  let server: AuthServer
  let manager: Person
  let member: Person
  let stranger: Person
  before(async () => {
    // With READ as the default, which must not open workspaces.
    server = await startWithAccounts({ flags: { 'enable-workspaces': true } })
    for (const team of ['vision', 'audio']) assert.equal((await server.admin.send('POST', '/api/cairn/v1/teams', { name: team })).status, 200)
    ;[manager, member, stranger] = await Promise.all(['maria', 'mia', 'sam'].map((name) => server.user(name))) as [Person, Person, Person]
    for (const [team, username, isManager] of [['vision', 'maria', true], ['vision', 'mia', false], ['audio', 'sam', true]] as const) {
      assert.equal((await server.admin.send('POST', `/api/cairn/v1/teams/${team}/members`, { username, manager: isManager })).status, 200)
    }
  })
  after(() => server[Symbol.asyncDispose]())
  const make = (who: Person, name: string): Promise<number> => who.send('POST', spaces, { name }).then(({ status }) => status)
  const names = async (who: Person): Promise<string[]> => ((await who.send('GET', spaces)).body.workspaces ?? []).map(({ name }: { name: string }) => name)

  it('are made by its managers, for their own team alone', async () => {
    assert.equal(await make(member, 'vision--cats'), 403)
    assert.equal(await make(stranger, 'vision--cats'), 403)
    assert.equal(await make(manager, 'cats'), 403)
    assert.equal(await make(manager, 'audio--cats'), 403)
    assert.equal(await make(manager, 'vision--a--b'), 403)
    assert.equal(await make(manager, 'vision--cats'), 201)
    assert.equal(await make(stranger, 'audio--dogs'), 201)
  })

  it('are seen by its members, and for others are not there, on any route and in any form', async () => {
    assert.deepEqual([await names(member), await names(stranger)], [['vision--cats'], ['audio--dogs']])
    assert.deepEqual(await names(server.admin), ['audio--dogs', 'default', 'vision--cats'])
    for (const endpoint of allEndpoints) {
      if (rights[endpoint.name]!.who === 'anybody' || endpoint.group === 'server') continue
      for (const [at, headers] of [[cats, {}], ['', { 'x-mlflow-workspace': 'vision--cats' }]] as const) {
        const path = `${at}${prefixes[endpoint.api][0]!}${endpoint.path.replace(/\{\w+\*?\}/g, 'x')}`
        const { status, body } = await stranger.send(endpoint.method, path, endpoint.method === 'GET' ? undefined : {}, headers)
        assert.deepEqual([status, body.message], [404, "Workspace 'vision--cats' not found"], endpoint.name)
      }
    }
    assert.equal((await stranger.send('GET', `${spaces}/vision--cats`)).status, 403)
    assert.equal((await stranger.send('GET', `${spaces}/nowhere`)).status, 403)
    assert.equal((await stranger.send('GET', cats, undefined, { accept: 'text/html' })).status, 404)
    assert.match((await stranger.send('GET', `${mlflow}/users/current`, undefined, { 'x-mlflow-workspace': 'nowhere' })).text, /Workspace 'nowhere' not found/)
  })

  it('tell admins who has knocked, and where', async () => {
    assert.equal((await stranger.send('GET', `${cats}${mlflow}/experiments/get?experiment_id=0`)).status, 404)
    const knocked = async (): Promise<unknown[]> => (await server.admin.send('GET', '/api/cairn/v1/audit?action=denied&entity_name=getExperiment&max_results=1000')).body.entries
      .filter(({ principal, after }: { principal: string; after: { workspace?: string } }) => principal === 'sam' && after.workspace === 'vision--cats')
    while ((await knocked()).length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    assert.ok(!(await server.admin.send('GET', '/api/cairn/v1/audit?action=denied&max_results=1000')).text.includes('"nowhere"'))
  })

  it('let its members make, see and change what is there, and its managers everything', async () => {
    const made = await member.send('POST', `${cats}${mlflow}/experiments/create`, { name: 'e' })
    assert.equal(made.status, 200, made.text)
    const { experiment_id } = made.body
    assert.equal((await member.send('POST', `${cats}${mlflow}/registered-models/create`, { name: 'm' })).status, 200)
    const others = (await manager.send('POST', `${cats}${mlflow}/experiments/create`, { name: 'of the manager' })).body.experiment_id as string
    assert.equal((await member.send('POST', `${cats}${mlflow}/runs/create`, { experiment_id: others, start_time: 1 })).status, 200)
    assert.equal((await member.send('POST', `${cats}${mlflow}/experiments/delete`, { experiment_id: others })).status, 403)
    assert.equal((await manager.send('POST', `${cats}${mlflow}/experiments/delete`, { experiment_id })).status, 200)
    assert.equal((await member.send('PATCH', `${spaces}/vision--cats`, { description: 'x' })).status, 403)
    assert.equal((await manager.send('PATCH', `${spaces}/vision--cats`, { description: 'Cats' })).status, 200)
    // Where on this server its files go is not for them to say: it could be among another's.
    const root = (who: Person, default_artifact_root: string, at = 'vision--cats') => who.send('PATCH', `${spaces}/${at}`, { default_artifact_root }).then(({ status }) => status)
    const data = join(server.folder, 'cairn-data', 'artifacts')
    for (const place of ['mlflow-artifacts:/workspaces/audio--dogs', 'mlflow-artifacts:/workspaces', 'mlflow-artifacts:/', 'mlflow-artifacts:/workspaces/vision--cats-2', 'mlflow-artifacts:///workspaces/audio--dogs/1', `${data}/workspaces/audio--dogs`, `file://${data}/x`]) {
      assert.equal(await root(manager, place), 403, place)
    }
    for (const place of ['mlflow-artifacts:/workspaces/vision--cats/here', 's3://elsewhere/cats', '']) assert.equal(await root(manager, place), 200, place)
    assert.deepEqual([await root(server.admin, 'mlflow-artifacts:/shared'), await root(server.admin, '')], [200, 200])
    assert.equal((await manager.send('POST', spaces, { name: 'vision--birds', default_artifact_root: 'mlflow-artifacts:/workspaces/audio--dogs' })).status, 403)
    // Nowhere else: by the id, in the workspace of all and in their own.
    for (const who of [member, manager]) {
      for (const at of ['', cats]) assert.ok([403, 404].includes((await who.send('GET', `${at}${mlflow}/experiments/get?experiment_id=0`)).status))
      assert.equal((await who.send('POST', `${mlflow}/experiments/create`, { name: `of ${who.name}` })).status, 403)
    }
    assert.equal((await stranger.send('GET', `${dogs}${mlflow}/experiments/get?experiment_id=${others}`)).status, 404)
    assert.ok(!(await stranger.send('GET', `${mlflow}/registered-models/search`)).text.includes('"m"'))
  })

  it('give the managers of one team no say over another: not who is in it, whether it is there, or who they are', async () => {
    const before = (await server.admin.send('GET', '/api/cairn/v1/teams/vision')).body.team.members
    // Sam manages his team's workspace, and asks there.
    for (const at of ['', dogs, cats]) {
      for (const [method, path, body] of [
        ['POST', 'teams/vision/members', { username: 'sam', manager: true }], ['DELETE', 'teams/vision/members/mia', undefined], ['DELETE', 'teams/vision', undefined], ['GET', 'teams/vision', undefined],
        ['POST', 'teams', { name: 'haptics' }], ['PATCH', 'teams/vision/quotas', { runs: 1 }], ['PATCH', 'teams/audio/quotas', { runs: 1 }],
      ] as const) {
        const { status } = await stranger.send(method, `${at}/api/cairn/v1/${path}`, body)
        assert.ok(status === 403 || (at === cats && status === 404), `${at} ${method} ${path}: ${status}`)
      }
    }
    const { teams } = (await stranger.send('GET', `${dogs}/api/cairn/v1/teams`)).body
    assert.deepEqual(teams.map(({ name }: { name: string }) => name), ['audio'])
    const granted = await stranger.send('POST', `${dogs}/api/cairn/v1/teams/vision/grants`, { resource_type: 'experiment', resource_id: '*', permission: 'READ' })
    assert.deepEqual([granted.status, granted.body.team.members], [200, []])
    assert.equal((await stranger.send('DELETE', `${dogs}/api/cairn/v1/teams/vision/grants`, { resource_type: 'experiment', resource_id: '*' })).status, 200)
    assert.deepEqual((await server.admin.send('GET', '/api/cairn/v1/teams/vision')).body.team.members, before)
  })

  it('follow who is in the team, at once, and grants in them hold nowhere else', async () => {
    assert.equal((await manager.send('POST', '/api/cairn/v1/teams/vision/members', { username: 'sam' })).status, 200)
    assert.deepEqual(await names(stranger), ['audio--dogs', 'vision--cats'])
    assert.equal((await stranger.send('GET', `${cats}${mlflow}/registered-models/get?name=m`)).status, 200)
    assert.equal((await manager.send('DELETE', '/api/cairn/v1/teams/vision/members/sam')).status, 200)
    assert.equal((await stranger.send('GET', `${cats}${mlflow}/registered-models/get?name=m`)).status, 404)
    const grant = { username: 'sam', resource_type: 'registered_model', resource_id: 'm', permission: 'READ' }
    assert.equal((await manager.send('POST', `${cats}/api/3.0/mlflow/users/permissions/grant`, grant)).status, 200)
    assert.equal((await stranger.send('GET', `${cats}${mlflow}/registered-models/get?name=m`)).status, 200)
    assert.equal((await server.admin.send('POST', `${dogs}${mlflow}/registered-models/create`, { name: 'm' })).status, 200)
    const { roles } = (await server.admin.send('GET', '/api/3.0/mlflow/users/roles/list?username=sam')).body
    assert.ok(roles.some(({ workspace, permissions }: any) => workspace === 'vision--cats' && permissions.some((one: any) => one.resource_pattern === 'm')))
  })

  it('that are deleted leave nothing behind for one of the same name', async () => {
    assert.equal((await member.send('DELETE', `${spaces}/vision--cats?mode=CASCADE`)).status, 403)
    assert.equal((await manager.send('DELETE', `${spaces}/vision--cats`)).status, 409)
    assert.equal((await manager.send('DELETE', `${spaces}/vision--cats?mode=CASCADE`)).status, 204)
    assert.equal((await manager.send('GET', `${cats}${mlflow}/registered-models/search`)).status, 404)
    assert.equal(await make(manager, 'vision--cats'), 201)
    assert.equal((await stranger.send('GET', `${cats}${mlflow}/registered-models/search`)).status, 404)
    for (const path of ['registered-models/search', 'model-versions/search', 'experiments/search?max_results=5']) assert.equal((await manager.send('GET', `${cats}${mlflow}/${path}`)).text.replace(/\s/g, ''), '{}')
  })

  it('are there for a team that comes later, and go with it', async () => {
    assert.equal((await server.admin.send('POST', spaces, { name: 'speech--words' })).status, 201)
    assert.equal((await server.admin.send('POST', '/api/cairn/v1/teams', { name: 'speech' })).status, 200)
    assert.equal((await server.admin.send('POST', '/api/cairn/v1/teams/speech/members', { username: 'sam' })).status, 200)
    assert.ok((await names(stranger)).includes('speech--words'))
    assert.equal((await server.admin.send('DELETE', '/api/cairn/v1/teams/speech')).status, 200)
    assert.ok(!(await names(stranger)).includes('speech--words'))
  })

  it('are named once: a path and a header that differ are refused', async () => {
    const send = (at: string, name: string): Promise<number> => server.admin.send('GET', `${at}${mlflow}/registered-models/search`, undefined, { 'x-mlflow-workspace': name }).then(({ status }) => status)
    assert.deepEqual([await send(cats, 'audio--dogs'), await send(cats, 'vision--cats'), await send('', 'vision--cats'), await send(cats, 'default')], [400, 200, 200, 400])
  })

  it('need the password like all else, and a page of one asks people to sign in', async () => {
    assert.equal((await server.nobody.send('GET', `${cats}${mlflow}/registered-models/search`)).status, 401)
    assert.equal((await server.nobody.send('GET', `/no/such.mlflow${mlflow}/registered-models/search`)).status, 401)
    const { status, text } = await server.nobody.send('GET', `${cats}/experiments`, undefined, { accept: 'text/html' })
    assert.ok(status === 401 && text.includes('<form'), `${status} ${text.slice(0, 200)}`)
  })
})

it('what happened in a workspace stays in the audit trail when the workspace goes: with what moves, and for admins', async () => {
  await using server = await startWithAccounts({ flags: { 'enable-workspaces': true } })
  const { admin } = server
  const keeper = await server.user('keeper')
  const { role } = (await admin.send('POST', '/api/3.0/mlflow/roles/create', { name: 'keepers', workspace: 'default' })).body
  await admin.send('POST', '/api/3.0/mlflow/roles/permissions/add', { role_id: role.id, resource_type: 'workspace', resource_pattern: '*', permission: 'MANAGE' })
  assert.equal((await admin.send('POST', '/api/3.0/mlflow/roles/assign', { username: 'keeper', role_id: role.id })).status, 200)
  for (const name of ['kept', 'moved', 'gone', 'empty']) {
    assert.equal((await admin.send('POST', spaces, { name })).status, 201)
    assert.equal((await admin.send('POST', `/${name}.mlflow${mlflow}/registered-models/create`, { name: `model-of-${name}` })).status, 200)
  }
  await admin.send('DELETE', `/empty.mlflow${mlflow}/registered-models/delete`, { name: 'model-of-empty' })
  for (const [name, mode] of [['moved', 'SET_DEFAULT'], ['gone', 'CASCADE'], ['empty', 'RESTRICT']]) assert.equal((await admin.send('DELETE', `${spaces}/${name}?mode=${mode}`)).status, 204)
  const told = async (person: Person, at = ''): Promise<string[]> => {
    const { entries } = (await person.send('GET', `${at}/api/cairn/v1/audit?entity=registered_model&action=create`)).body
    return entries.map(({ entity_name }: { entity_name: string }) => entity_name).sort()
  }
  assert.deepEqual(await told(admin), ['model-of-empty', 'model-of-gone', 'model-of-moved'])
  assert.deepEqual(await told(keeper), ['model-of-moved'])
  assert.deepEqual(await told(admin, '/kept.mlflow'), ['model-of-kept'])
})

it('with workspaces the one that is always there is open by the default permission where the file says so', async () => {
  for (const [open, wanted] of [[true, 200], [false, 403]] as const) {
    await using server = await startWithAccounts({ flags: { 'enable-workspaces': true }, file: `grant_default_workspace_access = ${open}\n` })
    const ada = await server.user('ada')
    assert.equal((await ada.send('GET', `${mlflow}/experiments/get?experiment_id=0`)).status, wanted)
    assert.deepEqual(((await ada.send('GET', spaces)).body.workspaces ?? []).length, open ? 1 : 0)
  }
})
