import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { after, test } from 'node:test'
import { startCommandLine } from '../../testing.ts'

const line = await startCommandLine()
after(() => line[Symbol.asyncDispose]())

test('an experiment is created, listed, shown, renamed, deleted and restored', async () => {
  assert.match((await line.cairn('experiments create churn --tag team=ml')).out, /^Created experiment \d+, "churn"\.\n$/)
  const listed = (await line.cairn('experiments list')).out
  assert.match(listed, /^ID +NAME +CREATED +CHANGED +ARTIFACTS\n/)
  assert.match(listed, /churn/)
  assert.match((await line.cairn('experiments show churn')).out, /Experiment +churn\n(?:.*\n)+tag team +ml\n$/)
  assert.equal((await line.cairn('experiments rename churn churn-2')).out, '"churn" is now "churn-2".\n')
  assert.equal((await line.cairn('experiments delete churn-2')).code, 0)
  assert.doesNotMatch((await line.cairn('experiments list')).out, /churn/)
  assert.match((await line.cairn('experiments list --view deleted')).out, /STAGE(?:.*\n)+.*churn-2 +deleted/)
  assert.equal((await line.cairn('experiments restore churn-2')).code, 0)
  assert.deepEqual((await line.json<{ name: string }[]>(['experiments', 'search', "name LIKE 'churn%'"])).map(({ name }) => name), ['churn-2'])
})

test('what is asked of several experiments is done to all or to none', async () => {
  await line.cairn('experiments create one')
  const { code, err } = await line.cairn('experiments delete one two')
  assert.equal(code, 1)
  assert.match(err, /There is no experiment "two"\.\n {2}See: cairn experiments list/)
  assert.match((await line.cairn('experiments list')).out, /\bone\b/)
})

test('the server’s refusal is told in its own words', async () => {
  await line.cairn('experiments create twice')
  const { code, err } = await line.cairn('experiments create twice')
  assert.equal(code, 1)
  assert.match(err, /^cairn: Experiment\(name=twice\) already exists/)
})

test('pages are put together, and a cut list says so', async () => {
  for (let index = 0; index < 5; index += 1) await line.cairn(`experiments create page-${index}`)
  const { out } = await line.cairn(['experiments', 'search', "name LIKE 'page-%'", '-n', '3'])
  assert.equal(out.match(/page-\d/g)!.length, 3)
  assert.match(out, /The first 3; there are more: --max-results N/)
})

test('no server, or no address of one, is told with what to do', async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  const gone = await line.cairn(`experiments list --tracking-uri http://127.0.0.1:${port}`)
  assert.equal(gone.code, 1)
  assert.match(gone.err, /No server answers at http:\/\/127\.0\.0\.1:\d+ \(ECONNREFUSED\).*Start one with "cairn server"/s)
  const file = await line.cairn('experiments list', { env: { MLFLOW_TRACKING_URI: 'sqlite:///mlflow.db' } })
  assert.equal(file.code, 2)
  assert.match(file.err, /"sqlite:\/\/\/mlflow\.db" is no address of a server/)
})
