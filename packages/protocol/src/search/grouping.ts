import type { Token } from './lexer.ts'

/**
 * Groups tokens as sqlparse does, because its groups decide what MLflow takes for a comparison and
 * how it cuts up a filter that it refuses. sqlparse splices one list again and again; here each
 * step reads a list once and writes a new one, so that a filter costs time in its length.
 */
export type GroupKind =
  | 'Statement' | 'Comment' | 'SquareBrackets' | 'Parenthesis' | 'Case' | 'If' | 'For' | 'Begin' | 'Over' | 'Function'
  | 'Where' | 'Identifier' | 'TypedLiteral' | 'Operation' | 'Comparison' | 'Assignment' | 'IdentifierList' | 'Values'

export interface Node extends Token {
  /** Keywords in upper case; other tokens and groups as written. */
  word: string
  kind?: GroupKind
  kids?: Node[]
}

/** More brackets within brackets than sqlparse takes. */
export class TooDeep extends Error {}

export const isBlank = (node: Node): boolean => node.type === 'Whitespace' || node.type === 'Newline'
export const isKeyword = (node: Node): boolean => node.type.startsWith('Keyword')
const isWord = (node: Node | undefined, ...words: string[]): boolean => node?.type === 'Keyword' && words.includes(node.word)
const isMark = (node: Node, mark: string): boolean => node.type === 'Punctuation' && node.word === mark
const isIn = (type: string, family: string): boolean => type === family || type.startsWith(`${family}.`)

export function toNodes(text: string, tokens: Token[]): Node[] {
  return tokens.map(({ type, start, end }) => {
    const value = text.slice(start, end)
    return { type, start, end, word: type.startsWith('Keyword') ? value.toUpperCase() : value }
  })
}

const group = (kind: GroupKind, kids: Node[]): Node =>
  ({ type: '', kind, kids, start: kids[0]!.start, end: kids.at(-1)!.end, word: '' })

/** Makes `kids` one group; with `extend`, the first of them takes in the others if it is of that kind. */
function join(kind: GroupKind | 'any', kids: Node[], extend: boolean): Node {
  const first = kids[0]!
  if (!extend || first.kids === undefined || (kind !== 'any' && first.kind !== kind)) return group(kind as GroupKind, kids)
  for (const kid of kids.slice(1)) first.kids.push(kid)
  first.end = kids.at(-1)!.end
  return first
}

type Step = (nodes: Node[], parent: GroupKind) => Node[]

/** Runs a step on the groups within a list, deepest first, then on the list. */
function recursive(step: Step, except?: GroupKind): Step {
  const run: Step = (nodes, parent) => {
    for (const node of nodes) {
      if (node.kids !== undefined && node.kind !== except) node.kids = run(node.kids, node.kind!)
    }
    return step(nodes, parent)
  }
  return run
}

const nextIndex = (nodes: Node[], from: number): number => {
  let index = from
  while (index < nodes.length && isBlank(nodes[index]!)) index++
  return index
}

const lastIndex = (nodes: Node[]): number => {
  let index = nodes.length - 1
  while (index >= 0 && isBlank(nodes[index]!)) index--
  return index
}

const comments: Step = (nodes) => {
  const out: Node[] = []
  for (let index = 0; index < nodes.length;) {
    let end = index
    if (isIn(nodes[index]!.type, 'Comment')) {
      while (end < nodes.length && (isIn(nodes[end]!.type, 'Comment') || nodes[end]!.type === 'Newline')) end++
      if (end === nodes.length) return [...out, ...nodes.slice(index)]
      out.push(group('Comment', nodes.slice(index, end)))
    } else {
      out.push(nodes[index]!)
      end++
    }
    index = end
  }
  return out
}

const maxDepth = 100

function between(kind: GroupKind, opens: (node: Node) => boolean, closes: (node: Node) => boolean): Step {
  const run = (nodes: Node[], depth: number): Node[] => {
    if (depth > maxDepth) throw new TooDeep()
    const out: Node[] = []
    const opened: number[] = []
    for (const node of nodes) {
      out.push(node)
      if (node.kids !== undefined && node.kind !== kind) node.kids = run(node.kids, depth + 1)
      else if (opens(node)) opened.push(out.length - 1)
      else if (closes(node)) {
        const from = opened.pop()
        if (from !== undefined) out.push(group(kind, out.splice(from)))
      }
    }
    return out
  }
  return (nodes) => run(nodes, 0)
}

const over: Step = recursive((nodes) => follow(nodes, 'Over', (node) => isWord(node, 'OVER'), (next) => next.kind === 'Parenthesis' || isIn(next.type, 'Name')), 'Over')

/** Groups what `first` accepts with the next token that `second` accepts. */
function follow(nodes: Node[], kind: GroupKind, first: (node: Node) => boolean, second: (node: Node) => boolean, extend = false): Node[] {
  const out: Node[] = []
  for (let index = 0; index < nodes.length; index++) {
    const node = nodes[index]!
    const next = first(node) ? nextIndex(nodes, index + 1) : nodes.length
    if (next < nodes.length && second(nodes[next]!)) {
      out.push(join(kind, nodes.slice(index, next + 1), extend))
      index = next
    } else out.push(node)
  }
  return out
}

const functions: Step = recursive((nodes) => {
  const out: Node[] = []
  for (let index = 0; index < nodes.length; index++) {
    const node = nodes[index]!
    let end = isIn(node.type, 'Name') ? nextIndex(nodes, index + 1) : nodes.length
    if (nodes[end]?.kind === 'Parenthesis') {
      const after = nextIndex(nodes, end + 1)
      if (nodes[after]?.kind === 'Over') end = after
      out.push(group('Function', nodes.slice(index, end + 1)))
      index = end
    } else out.push(node)
  }
  return out
}, 'Function')

const whereEnds = ['ORDER BY', 'GROUP BY', 'LIMIT', 'UNION', 'UNION ALL', 'EXCEPT', 'INTERSECT', 'HAVING', 'RETURNING', 'INTO']

const where: Step = recursive((nodes, parent) => {
  const out: Node[] = []
  const bracketed = parent === 'Parenthesis' || parent === 'SquareBrackets'
  for (let index = 0; index < nodes.length; index++) {
    if (!isWord(nodes[index], 'WHERE')) {
      out.push(nodes[index]!)
      continue
    }
    let end = index + 1
    while (end < nodes.length && !isWord(nodes[end], ...whereEnds)) end++
    if (end === nodes.length && bracketed) end--
    out.push(group('Where', nodes.slice(index, end)))
    index = end - 1
  }
  return out
}, 'Where')

interface Middle {
  kind: GroupKind
  match(node: Node): boolean
  before?(node: Node): boolean
  after?(node: Node | undefined): boolean
  /** Whether the group ends with the middle itself, and whether it starts there. */
  endsAtMiddle?(next: Node | undefined): boolean
  startsAtMiddle?: boolean
  extend: boolean
  recurse?: boolean
}

const delimited = new Set<GroupKind>(['Parenthesis', 'SquareBrackets', 'Case', 'If', 'For', 'Begin'])

/**
 * Groups a token with what stands before and after it, such as `x < y`. The right operand may be
 * the left one of the next group: `a.b.c` extends the group of `a.b`.
 */
function around(middle: Middle): Step {
  const run = (nodes: Node[], parent: GroupKind, depth: number): Node[] => {
    if (depth > maxDepth) throw new TooDeep()
    const out: Node[] = []
    const isDelimiter = (node: Node | undefined): boolean =>
      node !== undefined && delimited.has(parent) && (node === nodes[0] || node === nodes.at(-1))
    let previous: Node | undefined
    let previousAt = -1
    let taken = 0
    nodes.forEach((node, index) => {
      const isNew = index >= taken
      if (isNew) out.push(node)
      if (isBlank(node)) return
      if (middle.recurse !== false && node.kids !== undefined && node.kind !== middle.kind) node.kids = run(node.kids, node.kind!, depth + 1)
      if (middle.match(node) && previous !== undefined && (middle.before?.(previous) ?? true) && !isDelimiter(previous)) {
        const nextAt = nextIndex(nodes, Math.max(index + 1, taken))
        const next = nodes[nextAt]
        if ((middle.after?.(next) ?? true) && !isDelimiter(next)) {
          const from = middle.startsAtMiddle ? out.length - 1 : previousAt
          const kids = out.splice(from)
          if (next !== undefined && !middle.endsAtMiddle?.(next)) {
            for (let at = Math.max(index + 1, taken); at <= nextAt; at++) kids.push(nodes[at]!)
            taken = nextAt + 1
          }
          previous = join(middle.kind, kids, middle.extend)
          previousAt = out.push(previous) - 1
          return
        }
      }
      previous = node
      previousAt = out.length - 1
    })
    return out
  }
  return (nodes, parent) => run(nodes, parent, 0)
}

const literals = new Set(['Number', 'Number.Integer', 'Number.Float', 'String', 'String.Single', 'String.Symbol', 'Name', 'Name.Placeholder'])
const isName = (node: Node | undefined): boolean => node?.type === 'Name' || node?.type === 'String.Symbol'
const isKind = (node: Node | undefined, ...kinds: GroupKind[]): boolean => node?.kind !== undefined && kinds.includes(node.kind)
const isOperand = (node: Node | undefined): boolean =>
  node !== undefined && (literals.has(node.type) || isKind(node, 'Parenthesis', 'Function', 'Identifier', 'Operation', 'TypedLiteral'))

const periods = around({
  kind: 'Identifier',
  match: (node) => isMark(node, '.') || (node.type === 'Operator' && (node.word === '->' || node.word === '->>')),
  before: (node) => isName(node) || isKind(node, 'SquareBrackets', 'Identifier'),
  endsAtMiddle: (next) => !(isName(next) || next?.type === 'Wildcard' || next?.type === 'String.Single' || isKind(next, 'SquareBrackets', 'Function')),
  extend: true,
})
const arrays = around({
  kind: 'Identifier',
  match: (node) => node.kind === 'SquareBrackets',
  before: (node) => isName(node) || isKind(node, 'SquareBrackets', 'Identifier', 'Function'),
  endsAtMiddle: () => true,
  extend: true,
  recurse: false,
})
const identifiers = recursive((nodes) => nodes.map((node) => (isName(node) ? group('Identifier', [node]) : node)), 'Identifier')
const orders = recursive((nodes) => {
  const out: Node[] = []
  for (const node of nodes) {
    out.push(node)
    if (node.type !== 'Keyword.Order') continue
    out.pop()
    const previous = lastIndex(out)
    const operand = out[previous]
    if (operand !== undefined && (operand.kind === 'Identifier' || isIn(operand.type, 'Number'))) {
      const kids = out.splice(previous)
      out.push(group('Identifier', [...kids, node]))
    } else out.push(node)
  }
  return out
}, 'Identifier')
const isSomething = (node: Node | undefined): boolean => node !== undefined
const casts = around({ kind: 'Identifier', match: (node) => isMark(node, '::'), after: isSomething, extend: true })
const typedLiterals = around({
  kind: 'TypedLiteral',
  match: (node) => node.type === 'Name.Builtin' || isWord(node, 'TIMESTAMP'),
  after: (next) => next?.type === 'String.Single',
  startsAtMiddle: true,
  extend: false,
})
const operations = around({
  kind: 'Operation',
  match: (node) => node.type === 'Operator' || node.type === 'Wildcard',
  before: (node) => isOperand(node) || node.kind === 'SquareBrackets' || isWord(node, 'CURRENT_DATE', 'CURRENT_TIME', 'CURRENT_TIMESTAMP'),
  after: (node) => isOperand(node) || node?.kind === 'SquareBrackets' || isWord(node, 'CURRENT_DATE', 'CURRENT_TIME', 'CURRENT_TIMESTAMP'),
  extend: false,
})
const isComparable = (node: Node | undefined): boolean => isOperand(node) || (node !== undefined && isKeyword(node) && node.word === 'NULL')
const comparisons = around({
  kind: 'Comparison', match: (node) => node.type === 'Operator.Comparison', before: isComparable, after: isComparable, extend: false,
})
const aliases = around({
  kind: 'Identifier',
  match: (node) => isKeyword(node) && node.word === 'AS',
  before: (node) => !isKeyword(node) || node.word === 'NULL',
  after: (node) => node !== undefined && !['Keyword.DML', 'Keyword.DDL', 'Keyword.CTE'].includes(node.type),
  extend: true,
})
const aliased = recursive((nodes) => follow(
  nodes,
  'Identifier',
  (node) => isIn(node.type, 'Number') || isKind(node, 'Parenthesis', 'Function', 'Case', 'Identifier', 'Operation', 'Comparison'),
  (next) => next.kind === 'Identifier',
  true,
))
const isAssignable = (node: Node | undefined): boolean => node !== undefined && node.type !== 'Keyword'
const assignments = around({ kind: 'Assignment', match: (node) => node.type === 'Assignment', before: isAssignable, after: isAssignable, extend: true })
const alignedComments = recursive((nodes) => {
  const out: Node[] = []
  for (const node of nodes) {
    const previous = node.kind === 'Comment' ? lastIndex(out) : -1
    if (previous >= 0 && out[previous]!.kids !== undefined) out.push(join('any', [...out.splice(previous), node], true))
    else out.push(node)
  }
  return out
})
const isListed = (node: Node | undefined): boolean =>
  node !== undefined && (literals.has(node.type) || ['Keyword', 'Comment', 'Wildcard'].includes(node.type)
    || isKind(node, 'Function', 'Case', 'Identifier', 'Comparison', 'IdentifierList', 'Operation'))
const lists = around({ kind: 'IdentifierList', match: (node) => isMark(node, ','), before: isListed, after: isListed, extend: true })

const valueLists: Step = (nodes) => {
  const from = nodes.findIndex((node) => isWord(node, 'VALUES'))
  const to = nodes.findLastIndex((node, index) => index > from && node.kind === 'Parenthesis')
  if (from < 0 || to < 0) return nodes
  return [...nodes.slice(0, from), group('Values', nodes.slice(from, to + 1)), ...nodes.slice(to + 1)]
}

const steps: Step[] = [
  comments,
  between('SquareBrackets', (node) => isMark(node, '['), (node) => isMark(node, ']')),
  between('Parenthesis', (node) => isMark(node, '('), (node) => isMark(node, ')')),
  between('Case', (node) => isWord(node, 'CASE'), (node) => isWord(node, 'END')),
  between('If', (node) => isWord(node, 'IF'), (node) => isWord(node, 'END IF')),
  between('For', (node) => isWord(node, 'FOR', 'FOREACH'), (node) => isWord(node, 'END LOOP')),
  between('Begin', (node) => isWord(node, 'BEGIN'), (node) => isWord(node, 'END')),
  over, functions, where, periods, arrays, identifiers, orders, casts, typedLiterals, operations, comparisons, aliases, aliased,
  assignments, alignedComments, lists, valueLists,
]

export function groupNodes(nodes: Node[]): Node[] {
  return steps.reduce((list, step) => step(list, 'Statement'), nodes)
}
