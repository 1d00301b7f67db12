import assert from 'node:assert/strict'
import { it } from 'node:test'
import { isBinary, textOf } from './text.ts'

it('a text is read as its mark says, as UTF-8, or as Windows wrote it', () => {
  assert.equal(textOf(new Uint8Array([0xff, 0xfe, 0xe9, 0, 0x41, 0])), 'éA')
  assert.equal(textOf(new Uint8Array([0xfe, 0xff, 0, 0xe9])), 'é')
  assert.equal(textOf(new Uint8Array([0xef, 0xbb, 0xbf, 0xc3, 0xa9])), 'é')
  assert.equal(textOf(new Uint8Array([0x4a, 0x6f, 0x73, 0xe9, 0x80])), 'José€')
  assert.equal(textOf(new Uint8Array([...new TextEncoder().encode('ein Größe, ein Ärger'), 0xe9, 65])), 'ein Größe, ein Ärger\ufffdA', 'one bad byte does not make it another encoding')
})

it('what holds zeros is no text, but for UTF-16', () => {
  assert.equal(isBinary(new Uint8Array([65, 0, 1])), true)
  assert.equal(isBinary(new Uint8Array([0xff, 0xfe, 65, 0])), false)
  assert.equal(isBinary(new Uint8Array([65, 66])), false)
})
