import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { parseSync } from 'vite'

/** A node of a syntax tree, of which only some fields are looked at. */
interface Node {
  readonly type: string
  readonly [field: string]: unknown
}

const root = fileURLToPath(new URL('.', import.meta.url))
/** A page for those who build pages, and the grammar of searches, which is the same in every language. */
const exempt = /^features\/components\/|^features\/runs\/table\/(?:complete\.ts|filter-bar\.tsx)$|words\.ts$|\.test\.ts$|\.d\.ts$|testing\.ts$/
const letters = /\p{L}{2,}/u
/** Names of languages and products, which are the same in every language. */
const names = /^(?:Cairn|Python|TypeScript|Browser|curl|auto|metrics\.auc|operator|key)$/
const told = /^(?:title|label|placeholder|alt|aria-label|aria-valuetext|aria-description|what|text|hint|none)$/
/** Attributes of more than one word that nobody reads. */
const silent = /^(?:className|d|style|viewBox|preserveAspectRatio|rel|sandbox|aria-keyshortcuts|transform|points|allow)$/
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'

/** What a reader would see that stands in the source itself: text of elements, labels, messages. */
function saidIn(path: string): string[] {
  const source = readFileSync(root + path, 'utf8')
  const found: string[] = []
  const note = (text: unknown): void => { if (typeof text === 'string' && letters.test(text) && !names.test(text.trim())) found.push(`${path}: ${text.trim()}`) }
  const textOf = (node: unknown): string => (isNode(node) ? source.slice(Number(node['start']), Number(node['end'])) : '')
  const all = (value: unknown, said: boolean): void => {
    if (Array.isArray(value)) for (const one of value) all(one, said)
    else if (isNode(value)) visit(value, said)
  }
  const visit = (node: Node, said: boolean): void => {
    switch (node.type) {
      case 'ImportDeclaration': case 'TSTypeAnnotation': case 'TSTypeAliasDeclaration': case 'TSInterfaceDeclaration': case 'TSLiteralType': return
      case 'JSXText': return note(node['value'])
      case 'JSXElement': {
        all(node['openingElement'], false)
        if (!/^<(?:code|pre|kbd)\b/.test(textOf(node['openingElement']))) all(node['children'], true)
        return
      }
      case 'JSXFragment': return all(node['children'], true)
      case 'JSXExpressionContainer': return all(node['expression'], said)
      case 'JSXAttribute': {
        const name = textOf(node['name'])
        return all(node['value'], told.test(name) || (!silent.test(name) && /^"[^"]*\p{L}+ \p{L}+/u.test(textOf(node['value']))))
      }
      case 'ConditionalExpression': {
        all(node['test'], false)
        return all([node['consequent'], node['alternate']], said)
      }
      case 'LogicalExpression': {
        all(node['left'], said && node['operator'] !== '&&')
        return all(node['right'], said)
      }
      case 'BinaryExpression': return all([node['left'], node['right']], said && node['operator'] === '+')
      case 'Property': return all(node['value'], told.test(textOf(node['key']).replaceAll("'", '')))
      case 'CallExpression': {
        all(node['callee'], false)
        return all(node['arguments'], /^(?:useTitle|toast|confirm)$/.test(textOf(node['callee'])))
      }
      case 'Literal': return said ? note(node['value']) : undefined
      case 'TemplateLiteral': {
        if (said) note((node['quasis'] as { value: { cooked: string } }[]).map(({ value }) => value.cooked).join('…'))
        return all(node['expressions'], said)
      }
      default: for (const field of Object.keys(node)) if (field !== 'type') all(node[field], false)
    }
  }
  const { program, errors } = parseSync(path, source)
  assert.deepEqual(errors, [], path)
  all(program, false)
  return found
}

test('every word that a reader sees stands in a words.ts, where it can be translated', () => {
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => /\.tsx?$/.test(path) && !exempt.test(path))
  assert.ok(paths.length > 200)
  assert.deepEqual(paths.flatMap(saidIn), [])
})
