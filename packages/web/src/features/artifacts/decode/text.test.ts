import assert from 'node:assert/strict'
import { it } from 'node:test'
import { encodingOf, isBinary, isGuess, pageOf, textOf } from './text.ts'

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

it('UTF-16 is known without its mark, and what only looks like it is not', () => {
  const wide = new Uint8Array(Uint16Array.from('name,Straße\n', (char) => char.charCodeAt(0)).buffer)
  assert.equal(textOf(wide), 'name,Straße\n')
  assert.equal(isBinary(wide), false)
  assert.equal(isBinary(new Uint8Array([1, 0, 2, 0, 3, 0, 4, 0])), true, 'small numbers in two bytes each')
})

it('what is a guess is told, and what one chooses is taken instead', () => {
  const cyrillic = new Uint8Array([0xc0, 0xed, 0xed, 0xe0])
  assert.equal(encodingOf(cyrillic), 'windows-1252')
  assert.equal(isGuess('windows-1252', cyrillic), true)
  assert.equal(textOf(cyrillic, 'windows-1251'), 'Анна')
  assert.equal(isGuess('utf-8', new Uint8Array([65])), false)
  assert.equal(isGuess('utf-16le', new Uint8Array([0xff, 0xfe, 65, 0])), false)
})

it('a page is read as it says itself', () => {
  const latin = Uint8Array.from('<html><head><meta http-equiv=x content="text/html; charset=iso-8859-1"><h1>Größe</h1>', (char) => char.charCodeAt(0))
  assert.match(pageOf(latin), /Größe/)
  assert.match(pageOf(new TextEncoder().encode('<meta charset="nonsense">Größe')), /Größe/)
})
