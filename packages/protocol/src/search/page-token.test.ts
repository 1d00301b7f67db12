import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkLoggedModelPageToken, decodePageToken, encodePageToken, invalidPageToken } from './page-token.ts'

const refuses = (run: () => unknown, message: string): void => assert.throws(run, { code: 'INVALID_PARAMETER_VALUE', message })

test('a page token gives back what it was made of', () => {
  fc.assert(fc.property(fc.dictionary(fc.string({ unit: 'grapheme' }), fc.jsonValue()), (content) => {
    const plain = JSON.parse(JSON.stringify(content)) as Record<string, unknown>
    assert.deepEqual(decodePageToken(encodePageToken(plain)), plain)
  }))
  assert.equal(decodePageToken(''), undefined)
})

test('a token that is none is refused in MLflow\'s words', () => {
  refuses(() => decodePageToken('a'), 'Invalid page token, could not base64-decode')
  refuses(() => decodePageToken('abc'), 'Invalid page token, could not base64-decode')
  refuses(() => decodePageToken('!!!!'), "Invalid page token, decoded value=b''")
  refuses(() => decodePageToken('é'), 'Invalid page token, could not base64-decode')
  refuses(() => decodePageToken(btoa("it's\n\xff")), 'Invalid page token, decoded value=b"it\'s\\n\\xff"')
  refuses(() => decodePageToken(btoa('[1, "a", null]')), "Invalid page token, parsed value=[1, 'a', None]")
  refuses(() => { throw invalidPageToken({ offset: 'x', more: [true, 1.5] }) }, "Invalid page token, parsed value={'offset': 'x', 'more': [True, 1.5]}")
  refuses(() => decodePageToken('a'.repeat(300_001)), 'Invalid page token: it has 300001 characters, the limit is 300000.')
})

test('a logged models\' token holds for the search that it was made for', () => {
  const search = { experiment_ids: ['1', '2'], filter_string: "name = 'a'", order_by: [{ field_name: 'name', ascending: true }] }
  checkLoggedModelPageToken({ ...search, offset: 1 }, search)
  checkLoggedModelPageToken({ experiment_ids: ['1'], filter_string: null }, { experiment_ids: ['1'], filter_string: '', order_by: [] })
  refuses(() => checkLoggedModelPageToken(search, { ...search, experiment_ids: ['3'] }),
    "Experiment IDs in the page token do not match the requested experiment IDs. Expected: ['3']. Found: ['1', '2']")
  refuses(() => checkLoggedModelPageToken(search, { ...search, filter_string: null }),
    "Filter string in the page token does not match the requested filter string. Expected: None. Found: name = 'a'")
  refuses(() => checkLoggedModelPageToken(search, { ...search, order_by: null }),
    "Order by in the page token does not match the requested order by. Expected: None. Found: [{'field_name': 'name', 'ascending': True}]")
})
