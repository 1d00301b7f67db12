import type { Token } from './lexer.ts'

/** A group of sqlparse's; see grouping.ts. */
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
export const isWord = (node: Node | undefined, ...words: string[]): boolean => node?.type === 'Keyword' && words.includes(node.word)
export const isMark = (node: Node, mark: string): boolean => node.type === 'Punctuation' && node.word === mark
export const isIn = (type: string, family: string): boolean => type === family || type.startsWith(`${family}.`)

export function toNodes(text: string, tokens: Token[]): Node[] {
  return tokens.map(({ type, start, end }) => {
    const value = text.slice(start, end)
    return { type, start, end, word: type.startsWith('Keyword') ? value.toUpperCase() : value }
  })
}

export const group = (kind: GroupKind, kids: Node[]): Node =>
  ({ type: '', kind, kids, start: kids[0]!.start, end: kids.at(-1)!.end, word: '' })

/** Makes `kids` one group; with `extend`, the first of them takes in the others if it is of that kind. */
export function join(kind: GroupKind | 'any', kids: Node[], extend: boolean): Node {
  const first = kids[0]!
  if (!extend || first.kids === undefined || (kind !== 'any' && first.kind !== kind)) return group(kind as GroupKind, kids)
  for (const kid of kids.slice(1)) first.kids.push(kid)
  first.end = kids.at(-1)!.end
  return first
}

export type Step = (nodes: Node[], parent: GroupKind) => Node[]

/** Runs a step on the groups within a list, deepest first, then on the list. */
export function recursive(step: Step, except?: GroupKind): Step {
  const run: Step = (nodes, parent) => {
    for (const node of nodes) {
      if (node.kids !== undefined && node.kind !== except) node.kids = run(node.kids, node.kind!)
    }
    return step(nodes, parent)
  }
  return run
}

export const nextIndex = (nodes: Node[], from: number): number => {
  let index = from
  while (index < nodes.length && isBlank(nodes[index]!)) index++
  return index
}

export const lastIndex = (nodes: Node[]): number => {
  let index = nodes.length - 1
  while (index >= 0 && isBlank(nodes[index]!)) index--
  return index
}

const maxDepth = 100

export function between(kind: GroupKind, opens: (node: Node) => boolean, closes: (node: Node) => boolean): Step {
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

/** Groups what `first` accepts with the next token that `second` accepts. */
export function follow(nodes: Node[], kind: GroupKind, first: (node: Node) => boolean, second: (node: Node) => boolean, extend = false): Node[] {
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
export function around(middle: Middle): Step {
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
