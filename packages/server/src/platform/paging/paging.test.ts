import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isCount, pageToken, readPageToken } from './index.ts'

const offset = (state: Record<string, unknown>): number | undefined => isCount(state['offset']) ? state['offset'] : undefined

test('a token gives back what was put into it and none is no token', () => {
  assert.equal(readPageToken(pageToken({ offset: 7 }), offset), 7)
  assert.equal(readPageToken(undefined, offset), undefined)
  assert.equal(readPageToken('', offset), undefined)
})

test('anything else is refused in MLflow\'s words', () => {
  for (const [token, words] of [
    ['***', 'Invalid page token, could not base64-decode'], ['abc==d', 'Invalid page token, could not base64-decode'],
    ['x'.repeat(5000), 'Invalid page token, could not base64-decode'],
    [Buffer.from("it's").toString('base64'), "Invalid page token, decoded value=b'it\\'s'"],
    [pageToken({}), 'Invalid page token, parsed value={}'], [pageToken({ offset: -1 }), 'Invalid page token, parsed value={"offset":-1}'],
    [Buffer.from('[]').toString('base64'), 'Invalid page token, parsed value=[]'],
  ] as const) assert.throws(() => readPageToken(token, offset), { message: words, code: 'INVALID_PARAMETER_VALUE' })
})
