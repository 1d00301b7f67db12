import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { groupNodes } from './grouping.ts'
import { tokenize } from './lexer.ts'
import { parseLoggedModelFilter } from './logged-models.ts'
import { toNodes, TooDeep, type Node } from './nodes.ts'
import { parseRunFilter, parseRunOrder } from './runs.ts'

const pieces = ['metrics.a', 'x', ' ', '\n', '=', '!=', '1', "'s'", '"i"', '`k`', '(', ')', '[', ']', ',', '.', 'IN', 'IS', 'NOT NULL', 'AND', 'AS', 'OVER', 'WHERE', 'LIMIT',
  'CASE', 'END', '/* c */', '-- c\n', '$a$', 'ASC', '::', ':=', '-', '*', '->', 'date', 'VALUES', 'f(']

/** How often the steps look at what a token is. */
function looks(text: string): number | undefined {
  let count = 0
  const nodes = toNodes(text, tokenize(text, Infinity)!).map((node): Node => {
    const { type, ...rest } = node
    return Object.defineProperty(rest as Node, 'type', { enumerable: true, get: () => (count++, type) })
  })
  try {
    groupNodes(nodes)
  } catch (error) {
    if (error instanceof TooDeep) return undefined
    throw error
  }
  return count
}

test('a text twice as long takes at most about twice the steps', () => {
  fc.assert(fc.property(fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 4 }), (pattern) => {
    const unit = pattern.join('')
    const [once, twice] = [looks(unit.repeat(100)), looks(unit.repeat(200))]
    if (once !== undefined && twice !== undefined) assert.ok(twice < 2.2 * once + 200, `${JSON.stringify(unit)}: ${once} and ${twice} steps`)
  }), { numRuns: 1000 })
})

test('tokens and groups cover the text without gaps', () => {
  fc.assert(fc.property(fc.oneof(fc.string({ unit: 'binary' }), fc.array(fc.constantFrom(...pieces)).map((items) => items.join(''))), (text) => {
    const tokens = tokenize(text, Infinity)!
    assert.equal(tokens.map(({ start, end }) => text.slice(start, end)).join(''), text)
    const leaves = (nodes: Node[]): Node[] => nodes.flatMap((node) => (node.kids === undefined ? [node] : leaves(node.kids)))
    try {
      assert.equal(leaves(groupNodes(toNodes(text, tokens))).map(({ start, end }) => text.slice(start, end)).join(''), text)
    } catch (error) {
      if (!(error instanceof TooDeep)) throw error
    }
  }), { numRuns: 1000 })
})

// A quadratic reading of any of these would take minutes.
test('the longest texts of the worst kinds are read or refused at once', { timeout: 30_000 }, () => {
  const units = ["'", '"', '`', "\\'", "''x", '/*', '--', '$a$', '$', '[', '(', '%(', 'a ', '1', '1.', 'AT TIME ZONE', 'é', '# ', "'\n", '$\u00c0b', 'LEFT ', '`´']
  for (const unit of units) {
    for (const text of [unit.repeat(99_000 / unit.length), `metrics.a = 1 ${unit.repeat(90_000 / unit.length)}x`, `name = '${unit.repeat(90_000 / unit.length)}' x`]) {
      for (const parse of [parseRunFilter, parseLoggedModelFilter, (item: string) => parseRunOrder([item])]) {
        try {
          parse(text)
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'INVALID_PARAMETER_VALUE', String(error).slice(0, 200))
        }
      }
    }
  }
  const tags = Array.from({ length: 9000 }, (_, index) => `$a${index}$`).join(' ')
  assert.throws(() => parseRunFilter(tags), { code: 'INVALID_PARAMETER_VALUE' })
})
