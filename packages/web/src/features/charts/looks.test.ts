import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import { seriesColors } from '../../ui/looks.ts'
import { keepBook, LookBook, openBook } from './looks.ts'

const css = readFileSync(new URL('../../ui/tokens.css', import.meta.url), 'utf8')
const tokens = (name: string): string[] => [...css.matchAll(new RegExp(`--${name}: light-dark\\((#\\w+), (#\\w+)\\)`, 'g'))].map((match) => [match[1]!, match[2]!]).flat()
type Rgb = readonly [number, number, number]
const linear = (hex: string): Rgb => [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255).map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4)) as unknown as Rgb
const times = (matrix: readonly Rgb[], color: Rgb): Rgb => matrix.map((row) => row[0] * color[0] + row[1] * color[1] + row[2] * color[2]) as unknown as Rgb
const clamp = (color: Rgb): Rgb => color.map((value) => Math.min(1, Math.max(0, value))) as unknown as Rgb

/** How an eye sees it that lacks a kind of cone (Machado, Oliveira and Fernandes 2009, severity 1). */
const eyes: Readonly<Record<string, readonly Rgb[]>> = {
  all: [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
  protanopia: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deuteranopia: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritanopia: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
const oklab = (color: Rgb): Rgb => times([[0.2104542553, 0.793617785, -0.0040720468], [1.9779984951, -2.428592205, 0.4505937099], [0.0259040371, 0.7827717662, -0.808675766]],
  times([[0.4122214708, 0.5363325363, 0.0514459929], [0.2119034982, 0.6806995451, 0.1073969566], [0.0883024619, 0.2817188376, 0.6299787005]], clamp(color)).map(Math.cbrt) as unknown as Rgb)
const luminance = (color: Rgb): number => 0.2126 * color[0] + 0.7152 * color[1] + 0.0722 * color[2]
const contrast = (a: number, b: number): number => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)

const distinct = (colors: readonly Rgb[], name: string): void => {
  for (const [eye, matrix] of Object.entries(eyes)) {
    for (const [at, color] of colors.entries()) {
      for (let other = 0; other < at; other += 1) {
        const distance = Math.hypot(...oklab(times(matrix, color)).map((value, axis) => value - oklab(times(matrix, colors[other]!))[axis]!))
        assert.ok(distance > 0.065, `series ${other} and ${at}, ${name}, ${eye}: ${distance.toFixed(3)}`)
      }
    }
  }
}

test('every two colours of lines are told apart by eyes of every kind, and each from its ground, light and dark', () => {
  for (const [mode, name] of ['light', 'dark'].entries()) {
    const colors = Array.from({ length: seriesColors }, (_, at) => linear(tokens(`series-${at}`)[mode]!))
    const grounds = ['bg', 'bg-raised'].map((token) => luminance(linear(tokens(token)[mode]!)))
    for (const [at, color] of colors.entries()) for (const ground of grounds) assert.ok(contrast(luminance(color), ground) >= 3, `series ${at} on its ${name} ground`)
    distinct(colors, name)
  }
})

test('text on canvases, which axe does not see, stands 4.5:1 off its ground, light and dark', () => {
  for (const [mode, name] of ['light', 'dark'].entries()) {
    for (const token of ['text', 'text-soft', 'bad']) assert.ok(contrast(luminance(linear(tokens('bg')[mode]!)), luminance(linear(tokens(token)[mode]!))) >= 4.5, `${token}, ${name}`)
  }
})

/** The grounds of Windows' own four contrast themes. */
const contrastGrounds = { light: ['#ffffff', '#fffaef'], dark: ['#000000', '#202020', '#2d3236'] } as const

test('under a contrast theme, too, each colour of lines stands off its ground and every two apart; and so do the colours of states', () => {
  for (const [mode, name] of (['light', 'dark'] as const).entries()) {
    for (const token of ['accent', 'good', 'bad', 'warn']) for (const ground of contrastGrounds[name]) assert.ok(contrast(luminance(linear(tokens(token)[mode]!)), luminance(linear(ground))) >= 3, `${token} on ${ground}`)
    const colors = Array.from({ length: seriesColors }, (_, at) => linear(tokens(`series-${at}`)[2 + mode]!))
    for (const [at, color] of colors.entries()) for (const ground of contrastGrounds[name]) assert.ok(contrast(luminance(color), luminance(linear(ground))) >= 3, `series ${at} on ${ground}`)
    distinct(colors, name)
  }
})

test('for who asks for more contrast, text stands 7:1 off every ground and edges 4.5:1', () => {
  for (const [mode, name] of ['light', 'dark'].entries()) {
    const grounds = ['bg', 'bg-raised', 'bg-hover', 'bg-selected'].map((token) => luminance(linear(tokens(token)[mode]!)))
    const off = (token: string): number => Math.min(...grounds.map((ground) => contrast(ground, luminance(linear(tokens(token)[2 + mode]!)))))
    for (const token of ['text', 'text-soft', 'accent', 'good', 'bad', 'warn']) assert.ok(off(token) >= 7, `${token}, ${name}: ${off(token).toFixed(2)}`)
    assert.ok(contrast(grounds[0]!, luminance(linear(tokens('line')[2 + mode]!))) >= 4.5, `line, ${name}`)
  }
})

test('a run keeps its look whatever the order, and the first forty look all different', () => {
  fc.assert(fc.property(fc.uniqueArray(fc.string({ minLength: 4, maxLength: 8 }), { minLength: 1, maxLength: 40 }), (ids) => {
    const book = new LookBook()
    book.take(ids)
    const looks = ids.map((id) => JSON.stringify(book.of(id)))
    assert.equal(new Set(looks).size, ids.length)
    const again = new LookBook()
    again.take(ids.toReversed())
    assert.deepEqual(ids.map((id) => JSON.stringify(again.of(id))), looks)
    book.take(['somebody new'])
    assert.deepEqual(ids.map((id) => JSON.stringify(book.of(id))), looks)
  }))
  const ten = new LookBook()
  const ids = Array.from({ length: 10 }, (_, at) => `run ${at}`)
  ten.take(ids)
  assert.ok(ids.every((id) => ten.of(id).dash.length === 0))
})

test('a browser remembers the looks of an experiment, and forgets what it cannot read', () => {
  const kept = new Map<string, string>()
  const storage = { getItem: (name: string) => kept.get(name) ?? null, setItem: (name: string, text: string) => void kept.set(name, text) } as Storage
  const book = openBook(storage, 'looks')
  book.take(['a', 'b', 'c'])
  keepBook(storage, 'looks', book)
  assert.deepEqual(openBook(storage, 'looks').of('c'), book.of('c'))
  for (const wrong of ['{', '[["a", -1]]', '7']) {
    kept.set('looks', wrong)
    assert.equal(openBook(storage, 'looks').places.length, 0)
  }
})
