import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { test } from 'node:test'

const sources = readdirSync(new URL('.', import.meta.url)).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
  .map((name) => ({ name, code: readFileSync(new URL(name, import.meta.url), 'utf8').replace(/\/\*[^]*?\*\/|(?<=^|\s)\/\/.*$/gm, '') }))

test('charts know no word of what they are used for: whoever draws says what stands in them', () => {
  assert.ok(sources.length > 20)
  for (const { name, code } of sources) {
    for (const [, text = ''] of code.matchAll(/(?:'((?:[^'\\\n]|\\.)*)'|`[^`]*`)/g)) {
      assert.doesNotMatch(text, /\b(?:runs?|experiments?|metrics?|params?|artifacts?|tags?|epochs?|cairn|mlflow)\b/i, name)
      assert.doesNotMatch(text, /^[A-Za-z][a-z]+(?: [a-z]+)+$/, `${name} says “${text}” in English`)
    }
  }
})

test('charts need nothing but the browser and each other', () => {
  for (const { name, code } of sources) for (const [, from] of code.matchAll(/\bfrom '([^']+)'/g)) assert.match(from!, /^\.\/[\w-]+\.ts$/, `${name} imports ${from}`)
})
