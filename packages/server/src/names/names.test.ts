import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { checkKeyName, checkLength, generateName, lengthOf, normalPath, pythonFloat, pythonString } from './index.ts'
import { adjectives, nouns } from './words.ts'

describe('generated names', () => {
  it('have an adjective, a noun and a number up to 1000 in at most 20 characters', () => {
    fc.assert(fc.property(fc.infiniteStream(fc.double({ min: 0, max: 0.999999, noNaN: true })), (numbers) => {
      const name = generateName(() => numbers.next().value as number)
      assert.match(name, /^[a-z]+-[a-z]+-\d{1,4}$/)
      assert.ok(name.length <= 20 && Number(name.split('-')[2]) <= 1000, name)
    }))
  })

  it('come from enough words, none of them twice', () => {
    assert.ok(adjectives.length >= 100 && nouns.length >= 100)
    assert.equal(new Set(adjectives).size, adjectives.length)
    assert.equal(new Set(nouns).size, nouns.length)
    assert.ok(adjectives.every((word) => nouns.some((noun) => noun.length <= 14 - word.length)))
  })
})

describe('keys', () => {
  const refused = (name: string): string => {
    try {
      checkKeyName(name)
    } catch (error) {
      return (error as Error).message
    }
    return 'accepted'
  }

  it('may hold letters of any script, digits and / . - _ : and spaces', () => {
    for (const name of ['lr', 'val/loss', 'a.b-c_d e:f', '学習率', 'é', '..a/b'.slice(2)]) assert.equal(refused(name), 'accepted', name)
  })

  it('are refused with the words of MLflow', () => {
    assert.equal(refused('aé$'), 'Invalid value "a\\u00e9$" for parameter \'key\' supplied: Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).')
    const path = 'Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to'
    assert.equal(refused(''), `Invalid value "" for parameter 'key' supplied: ${path} '.'`)
    assert.equal(refused('../k'), `Invalid value "../k" for parameter 'key' supplied: ${path} '../k'`)
    assert.equal(refused('a//b/'), `Invalid value "a//b/" for parameter 'key' supplied: ${path} 'a/b'`)
    assert.equal(refused('//a'), `Invalid value "//a" for parameter 'key' supplied: ${path} '//a'`)
    assert.match(refused('a\n'), /may only contain/)
  })

  it('are measured in code points', () => {
    assert.equal(lengthOf('a😀b'), 3)
    checkLength('key', '😀'.repeat(250), 250)
    assert.throws(() => checkLength('key', '😀'.repeat(251), 250), { message: "'key' exceeds the maximum length of 250 characters" })
  })
})

it('paths get the normal form of Python', () => {
  const cases = { '': '.', '.': '.', 'a/': 'a', '/': '/', '//': '//', '///a': '/a', 'a/../b': 'b', '../a': '../a', '/..': '/', 'a/../..': '..' }
  for (const [path, normal] of Object.entries(cases)) assert.equal(normalPath(path), normal, path)
})

it('text is shown as Python shows it', () => {
  assert.equal(pythonString("it's"), '"it\'s"')
  assert.equal(pythonString('a"b\'c\\'), "'a\"b\\'c\\\\'")
  assert.equal(pythonString('\u0000\u00a0\u2028é😀\n'), "'\\x00\\xa0\\u2028é😀\\n'")
})

it('numbers are shown as Python shows a float', () => {
  const shown = [1, -0, 0.1, 1e16, 123456789012345, 1e-4, 1.5e-5, 1e22, 5e-324, 1e100, NaN, -Infinity].map(pythonFloat)
  assert.deepEqual(shown, ['1.0', '-0.0', '0.1', '1e+16', '123456789012345.0', '0.0001', '1.5e-05', '1e+22', '5e-324', '1e+100', 'nan', '-inf'])
})
