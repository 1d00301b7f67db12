import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { startCommandLine } from '../../testing.ts'

const password = 'correct horse battery'
const line = await startCommandLine({
  flags: { 'app-name': 'basic-auth' }, env: { MLFLOW_AUTH_ADMIN_PASSWORD: password },
  signedIn: { MLFLOW_TRACKING_USERNAME: 'admin', MLFLOW_TRACKING_PASSWORD: password },
})
after(() => line[Symbol.asyncDispose]())
const as = (env: Record<string, string>) => ({ env: { MLFLOW_TRACKING_URI: line.url, ...env } })

test('users are added with a password that is shown once, and get and lose rights', async () => {
  const made = await line.cairn('users create ada')
  const shown = /^Added the user ada\.\nPassword, shown this once: (\S{24})\n$/.exec(made.out)![1]!
  const ada = as({ MLFLOW_TRACKING_USERNAME: 'ada', MLFLOW_TRACKING_PASSWORD: shown })
  assert.equal((await line.cairn('experiments create hers', ada)).code, 0)
  assert.match((await line.cairn('users list')).out, /^NAME +KIND +ROLES\nadmin +admin\nada +user\n$/)
  await line.cairn('experiments create mine')
  const denied = await line.cairn('users list', ada)
  assert.deepEqual([denied.code, /You may not do this/.test(denied.err)], [1, true])
  assert.equal((await line.cairn('users grant ada experiment:2 edit')).out, 'ada has EDIT on experiment:2.\n')
  assert.match((await line.cairn('users show ada')).out, /experiment:2 +EDIT +own grant/)
  assert.equal((await line.cairn('users revoke ada experiment:2')).code, 0)
  assert.match((await line.cairn('users grant ada experiment EDIT')).err, /names no resource/)
  assert.match((await line.cairn('users grant ada experiment:2 OWN')).err, /is no level/)
  assert.equal((await line.cairn('users admin ada')).out, 'ada is now an admin.\n')
  assert.match((await line.cairn('users list', ada)).out, /ada +admin/)
  assert.equal((await line.cairn('users delete ada')).code, 2)
  assert.equal((await line.cairn('users delete ada --yes')).code, 0)
  assert.match((await line.cairn('users list', ada)).err, /asks who you are/)
})

test('a password comes from a file, never from the command line', async () => {
  writeFileSync(join(line.folder, 'secret.txt'), 'a password of her own\n')
  assert.equal((await line.cairn('users create grace --password-file secret.txt')).out, 'Added the user grace.\n')
  assert.equal((await line.cairn('experiments list', as({ MLFLOW_TRACKING_USERNAME: 'grace', MLFLOW_TRACKING_PASSWORD: 'a password of her own' }))).code, 0)
  assert.match((await line.cairn('users password grace --password-file nothing.txt')).err, /cannot be read/)
})

test('tokens are made, listed and ended, also for service accounts, and the audit trail has it', async () => {
  await line.cairn('users create ci --service')
  const token = (await line.cairn('tokens create nightly --user ci --scope read')).out.trim()
  assert.match(token, /^cairn_/)
  const ci = as({ MLFLOW_TRACKING_TOKEN: token })
  assert.equal((await line.cairn('experiments list', ci)).code, 0)
  assert.equal((await line.cairn('experiments create x', ci)).code, 1)
  const [{ token_id }] = await line.json<{ token_id: string }[]>('tokens list --user ci') as [{ token_id: string }]
  assert.match((await line.cairn('tokens list --user ci')).out, /nightly +read/)
  assert.equal((await line.cairn(`tokens delete ${token_id}`)).code, 0)
  assert.equal((await line.cairn('experiments list', ci)).code, 1)
  assert.match((await line.cairn('audit --action denied')).out, /denied/)
  assert.match((await line.cairn('audit --entity token')).out, /delete ci/)
})

test('teams have grants together, which members have as long as they are in it', async () => {
  await line.cairn('users create ken')
  const token = (await line.cairn('tokens create his --user ken')).out.trim()
  const ken = as({ MLFLOW_TRACKING_TOKEN: token })
  await line.cairn('experiments create theirs')
  const { experiment_id: id } = await line.json<{ experiment_id: string }>('experiments show theirs')
  assert.equal((await line.cairn('teams create plan9')).code, 0)
  assert.match((await line.cairn('teams create plan9')).err, /already exists/)
  assert.match((await line.cairn(['teams', 'create', 'no spaces'])).err, /letters, digits/)
  assert.equal((await line.cairn(`teams grant plan9 experiment:${id} edit`)).code, 0)
  assert.equal((await line.cairn('experiments rename theirs ours', ken)).code, 1)
  assert.equal((await line.cairn('teams add plan9 ken')).out, 'ken is in plan9.\n')
  assert.equal((await line.cairn('experiments rename theirs ours', ken)).code, 0)
  assert.match((await line.cairn('teams list', ken)).out, /plan9 +ken +1/)
  assert.match((await line.cairn('teams show plan9', ken)).out, new RegExp(`Members +ken\nexperiment:${id} +EDIT`))
  assert.match((await line.cairn('users show ken')).out, /__team_plan9__|team plan9/)
  assert.equal((await line.cairn('teams add plan9 grace', ken)).code, 1)
  await line.cairn('teams add plan9 ken --manager')
  assert.equal((await line.cairn('teams add plan9 grace', as({ MLFLOW_TRACKING_TOKEN: (await line.cairn('tokens create more --user ken --scope admin')).out.trim() }))).code, 0)
  assert.equal((await line.cairn('teams remove plan9 ken')).code, 0)
  assert.equal((await line.cairn('experiments rename ours theirs', ken)).code, 1)
  assert.equal((await line.cairn('teams delete plan9 --yes')).code, 0)
  assert.match((await line.cairn('audit --entity team')).out, /delete/)
})
