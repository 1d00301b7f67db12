import { around, between, follow, group, isIn, isKeyword, isMark, isWord, join, lastIndex, nextIndex, recursive, type GroupKind, type Node, type Step } from './nodes.ts'

/**
 * Groups tokens as sqlparse does, because its groups decide what MLflow takes for a comparison and
 * how it cuts up a filter that it refuses. sqlparse splices one list again and again; here each
 * step reads a list once and writes a new one, so that a filter costs time in its length.
 */

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

const over: Step = recursive((nodes) => follow(nodes, 'Over', (node) => isWord(node, 'OVER'), (next) => next.kind === 'Parenthesis' || isIn(next.type, 'Name')), 'Over')

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
