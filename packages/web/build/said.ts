import { readFileSync } from 'node:fs'
import { parseSync } from 'vite'

/** A node of a syntax tree, of which only some fields are looked at. */
interface Node {
  readonly type: string
  readonly [field: string]: unknown
}

const letters = /\p{L}{2,}/u
/** Attributes and properties whose text is read. */
const told = /^(?:title|label|placeholder|alt|aria-label|aria-valuetext|aria-description|what|text|hint|none|error|note|said|summary)$/
/** What lists what is read: rows of facts, tabs, choices. */
const lists = /^(?:rows|tabs|options|entries|items)$/
/** Attributes of more than one word that nobody reads. */
const silent = /^(?:className|d|style|viewBox|preserveAspectRatio|rel|sandbox|aria-keyshortcuts|transform|points|allow)$/
/** What stands after a value in a sentence, and in no name or address. */
const between = /^,? (?!ms\b|min\b|and attributes\.)\p{Ll}{2,}(?: |,|$)/u
/** Functions that show what they are given. */
const saying = /^(?:useTitle|toast|confirm|noticeView|button|adminPage|invalid)$/
/** In a template of HTML: where a value goes. */
const hole = '\u0001'
const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'

export interface SaidOptions {
  /** Names of languages, products and values, which are the same in every language. */
  readonly names: RegExp
  /** Whether a literal that begins like a sentence is one, wherever it stands. */
  readonly strict?: boolean
}

/** What a reader would see that stands in a source itself: text of elements and of HTML, labels, messages. */
export function saidIn(path: string, shown: string, { names, strict = false }: SaidOptions): string[] {
  const source = readFileSync(path, 'utf8')
  const found: string[] = []
  const note = (text: unknown): void => { if (typeof text === 'string' && letters.test(text) && !names.test(text.trim())) found.push(`${shown}: ${text.trim()}`) }
  const textOf = (node: unknown): string => (isNode(node) ? source.slice(Number(node['start']), Number(node['end'])) : '')
  const cooked = (template: Node): string[] => (template['quasis'] as { value: { cooked: string } }[]).map(({ value }) => value.cooked)
  const all = (value: unknown, said: boolean): void => {
    if (Array.isArray(value)) for (const one of value) all(one, said)
    else if (isNode(value)) visit(value, said)
  }
  const visit = (node: Node, said: boolean): void => {
    switch (node.type) {
      case 'ImportDeclaration': case 'ExportNamedDeclaration': case 'ExportAllDeclaration': if (node['source']) return; return all(node['declaration'], false)
      case 'TSTypeAnnotation': case 'TSTypeAliasDeclaration': case 'TSInterfaceDeclaration': case 'TSLiteralType': case 'TSTypeParameterInstantiation': return
      case 'JSXText': return note(node['value'])
      case 'JSXElement': {
        all(node['openingElement'], false)
        if (!/^<(?:code|pre|kbd)\b/.test(textOf(node['openingElement']))) all(node['children'], true)
        return
      }
      case 'JSXFragment': return all(node['children'], true)
      case 'JSXExpressionContainer': case 'TSAsExpression': case 'TSSatisfiesExpression': return all(node['expression'], said)
      case 'JSXAttribute': {
        const name = textOf(node['name'])
        return all(node['value'], told.test(name) || lists.test(name) || (!silent.test(name) && /^"[^"]*\p{L}+ \p{L}+/u.test(textOf(node['value']))))
      }
      case 'ArrayExpression': return all(node['elements'], said)
      case 'SpreadElement': return all(node['argument'], said)
      case 'ConditionalExpression': {
        silently(node['test'])
        return all([node['consequent'], node['alternate']], said)
      }
      case 'LogicalExpression': {
        all(node['left'], said && node['operator'] !== '&&')
        return all(node['right'], said)
      }
      case 'BinaryExpression': return node['operator'] === '+' ? all([node['left'], node['right']], said) : silently([node['left'], node['right']])
      case 'SwitchCase': {
        silently(node['test'])
        return all(node['consequent'], false)
      }
      case 'Property': return all(node['value'], told.test(textOf(node['key']).replaceAll("'", '')))
      case 'CallExpression': {
        all(node['callee'], false)
        const callee = textOf(node['callee'])
        // What follows the first is for the log.
        if (callee === 'refuse') return all((node['arguments'] as unknown[]).slice(0, 1), true)
        return all(node['arguments'], saying.test(callee))
      }
      case 'TaggedTemplateExpression': {
        const template = node['quasi'] as Node
        if (textOf(node['tag']) !== 'html') return all(template['expressions'], false)
        markup(template)
        return all(template['expressions'], true)
      }
      case 'Literal': return said || (strict && typeof node['value'] === 'string' && /^[A-Z][a-z]{2,}(?: [a-z]|[^\w/.:-]|$)/.test(node['value'])) ? note(node['value']) : undefined
      case 'TemplateLiteral': {
        if (cooked(node)[0]!.startsWith('<!doctype') && /<h1\b/.test(textOf(node))) markup(node)
        else if (said || (strict && cooked(node).slice(1).some((part) => between.test(part)) && !/mlflow/i.test(textOf(node)))) note(cooked(node).join('…'))
        return all(node['expressions'], said)
      }
      default: for (const field of Object.keys(node)) if (field !== 'type') all(node[field], false)
    }
  }
  /** Texts between tags, and the attributes that are read out. */
  const markup = (template: Node): void => {
    const text = cooked(template).join(hole).replace(/<(code|style|svg)\b[^]*?<\/\1>/g, hole)
    for (const [, , value] of text.matchAll(/\b(aria-label|placeholder|title|alt)="([^"]*)"/g)) for (const part of value!.split(hole)) note(part)
    for (const part of text.replace(/<[^>]*?>|<[^>]*$/g, hole).split(hole)) note(part)
  }
  /** Compared, not shown. */
  const silently = (value: unknown): void => {
    if (Array.isArray(value)) for (const one of value) silently(one)
    else if (isNode(value) && value.type !== 'Literal') visit(value, false)
  }
  const { program, errors } = parseSync(path, source)
  if (errors.length > 0) throw new Error(`${shown} cannot be read`)
  all(program, false)
  return found
}
