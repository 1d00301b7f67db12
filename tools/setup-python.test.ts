import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pythonForTests, venvPlace } from './setup-python.ts'

test('an interpreter named by CAIRN_TEST_PYTHON is taken as it is', async () => {
  assert.equal(await pythonForTests({ env: { CAIRN_TEST_PYTHON: '/opt/python' }, say: assert.fail }), '/opt/python')
})

test('each list of requirements has an environment of its own, shared by every clone', () => {
  const env = { CAIRN_CACHE: '/cache' }
  assert.match(venvPlace(env, 'mlflow==1\n'), /^\/cache\/venv-[0-9a-f]{12}$/)
  assert.equal(venvPlace(env, 'mlflow==1\n'), venvPlace(env, 'mlflow==1\n'))
  assert.notEqual(venvPlace(env, 'mlflow==1\n'), venvPlace(env, 'mlflow==2\n'))
})

test('the environment lies in the user\'s cache folder unless CAIRN_CACHE says otherwise', () => {
  assert.match(venvPlace({ XDG_CACHE_HOME: '/home/me/.cache' }, ''), /^\/home\/me\/\.cache\/cairn\/venv-/)
  assert.match(venvPlace({ XDG_CACHE_HOME: '/x', CAIRN_CACHE: '/y' }, ''), /^\/y\/venv-/)
})
