import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startWithAccounts } from './server.ts'

test('who is called like somebody that was deleted gets nothing of theirs: no token, no session, no grant, no view, no word that they wrote or that was said to them', async () => {
  await using server = await startWithAccounts()
  const { admin } = server
  const ok = async (person: typeof admin, method: string, path: string, body?: object): Promise<any> => {
    const answer = await person.send(method, path, body)
    assert.equal(answer.status, 200, `${method} ${path}: ${answer.text}`)
    return answer.text === '' ? {} : answer.body
  }
  const first = await server.user('ada')
  const { run } = await ok(admin, 'POST', '/api/2.0/mlflow/runs/create', { experiment_id: '0', start_time: 1 })
  const { run_id } = run.info
  const { experiment_id } = await ok(first, 'POST', '/api/2.0/mlflow/experiments/create', { name: 'hers' })
  const { token } = await ok(first, 'POST', '/api/cairn/v1/tokens', { name: 'laptop', scopes: ['write'] })
  const { view } = await ok(first, 'POST', '/api/cairn/v1/views', { experiment_ids: ['0'], name: 'between us', state: 'q=secret' })
  const { comment } = await ok(first, 'POST', '/api/cairn/v1/comments', { run_id, text: 'mine' })
  await ok(admin, 'POST', '/api/cairn/v1/comments', { run_id, text: 'what do you think, @ada?' })
  assert.equal((await ok(first, 'GET', '/api/cairn/v1/comments/mentions')).comments.length, 1)
  assert.equal((await ok(first, 'GET', '/api/cairn/v1/views')).views.length, 1)
  const signedIn = await fetch(`${server.url}/sign-in`, {
    method: 'POST', redirect: 'manual', body: new URLSearchParams({ username: 'ada', password: "ada's own password" }),
    headers: { 'content-type': 'application/x-www-form-urlencoded', 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'navigate', accept: 'text/html' },
  })
  const session = { cookie: signedIn.headers.get('set-cookie')!.split(';')[0]!, 'sec-fetch-site': 'same-origin' }
  const current = '/api/2.0/mlflow/users/current'
  assert.equal((await server.nobody.send('GET', current, undefined, session)).status, 200)

  await ok(admin, 'DELETE', '/api/2.0/mlflow/users/delete', { username: 'ada' })
  const second = await server.user('ada')
  assert.equal((await server.bearer(token).send('GET', current)).status, 401)
  assert.equal((await server.nobody.send('GET', current, undefined, session)).status, 401)
  assert.deepEqual((await ok(second, 'GET', '/api/cairn/v1/views')).views, [])
  assert.equal((await second.send('GET', `/api/cairn/v1/views/${view.view_id}`)).status, 403)
  assert.deepEqual((await ok(second, 'GET', '/api/cairn/v1/comments/mentions')).comments, [])
  assert.equal((await second.send('PATCH', `/api/cairn/v1/comments/${comment.comment_id}`, { text: 'not mine' })).status, 403)
  assert.equal((await second.send('DELETE', `/api/cairn/v1/comments/${comment.comment_id}`)).status, 403)
  assert.equal((await second.send('POST', '/api/2.0/mlflow/experiments/delete', { experiment_id })).status, 403)
  const { comments } = await ok(second, 'GET', `/api/cairn/v1/comments?run_id=${run_id}`)
  const said = comments.find(({ comment_id }: { comment_id: string }) => comment_id === comment.comment_id)
  assert.equal(said.text, 'mine')
  assert.match(said.author, /^ada \(deleted: \d+\)$/)
})
