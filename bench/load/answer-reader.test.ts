import { test } from 'node:test'
import assert from 'node:assert/strict'
import { answerReader, type Answer } from './answer-reader.ts'

const wire = Buffer.from([
  'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}',
  'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n',
  'HTTP/1.1 204 No Content\r\n\r\n',
  'HTTP/1.1 500 No\r\ncontent-length: 0\r\nConnection: close\r\n\r\n',
].join(''))

const read = (pieces: readonly Buffer[], keep: 'nothing' | 'tail' | 'all' = 'all') => {
  const answers: Answer[] = []
  const reader = answerReader(answer => answers.push(answer))
  reader.keep = keep
  for (const piece of pieces) reader.push(piece)
  reader.end()
  return answers.map(answer => [answer.status, answer.bytes, answer.body.toString(), answer.closes])
}

const expected = [[200, 2, '{}', false], [200, 11, 'hello world', false], [204, 0, '', false], [500, 0, '', true]]

test('answers with a length, in chunks, without a body and the last before a close are told apart', () => {
  assert.deepEqual(read([wire]), expected)
})

test('answers are the same wherever the wire is cut', () => {
  for (let size = 1; size < 60; size++) {
    const pieces: Buffer[] = []
    for (let at = 0; at < wire.length; at += size) pieces.push(wire.subarray(at, at + size))
    assert.deepEqual(read(pieces), expected, `pieces of ${size}`)
  }
})

test('a body without a length ends with the connection', () => {
  assert.deepEqual(read([Buffer.from('HTTP/1.1 200 OK\r\n\r\nab'), Buffer.from('cd')]), [[200, 4, 'abcd', true]])
})

test('the tail is the last kilobyte of a long body', () => {
  const body = Buffer.from('x'.repeat(5000) + 'end')
  const [answer] = read([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`), body.subarray(0, 4800), body.subarray(4800)], 'tail')
  assert.equal(answer![1], 5003)
  assert.equal(answer![2], body.subarray(-1024).toString())
})
