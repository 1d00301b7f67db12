import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { pages } from './generate-docs.ts'

for (const [path, make] of Object.entries(pages)) {
  test(`${path} says what the code says (npm run docs writes it)`, async () => {
    assert.equal(readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'), await make())
  })
}
