import { groupNodes } from './grouping.ts'
import { isBlank, isKeyword, toNodes, TooDeep, type Node } from './nodes.ts'
import { tokenize } from './lexer.ts'
import { searchLimits } from './limits.ts'

export type Parsed =
  | { ok: true; nodes: Node[] }
  /** `unparsable`: too many or too deep; `none`: nothing but blanks; `several`: statements parted by `;`. */
  | { ok: false; why: 'unparsable' | 'none' | 'several' }

/** Reads a text as the one SQL-like statement that every filter and every order_by key is. */
export function parseStatement(text: string): Parsed {
  const tokens = tokenize(text, searchLimits.tokens)
  if (tokens === undefined) return { ok: false, why: 'unparsable' }
  const nodes = toNodes(text, tokens)
  if (nodes.every(isBlank)) return { ok: false, why: 'none' }
  if (hasSeveralStatements(nodes)) return { ok: false, why: 'several' }
  try {
    return { ok: true, nodes: groupNodes(nodes) }
  } catch (error) {
    if (error instanceof TooDeep) return { ok: false, why: 'unparsable' }
    throw error
  }
}

function hasSeveralStatements(nodes: Node[]): boolean {
  let level = 0
  let ended = false
  for (const [index, node] of nodes.entries()) {
    if (ended && node.type !== 'Whitespace' && node.type !== 'Comment.Single') {
      // What follows a line feed counts only if it is more than blanks.
      return !nodes.slice(index).every(isBlank)
    }
    if (node.type === 'Punctuation' && node.word === '(') level++
    else if (node.type === 'Punctuation' && node.word === ')') level--
    else if (node.type === 'Keyword' && node.word === 'BEGIN') level++
    else if (node.type === 'Keyword' && node.word === 'END') level--
    else if (node.type === 'Punctuation' && node.word === ';' && level <= 0) ended = true
  }
  return false
}

/** A comparison: what stands left, the operator as written, what stands right (not for IS NULL). */
export interface RawClause {
  left: Node
  op: string
  right: Node | undefined
  /** How many parts it has; a comment inside makes it more than three. */
  parts: number
  second: string
  text: string
  at: number
}

export type Item = { clause: RawClause } | { other: Node }

const isNode = (node: Node | undefined, type: string, word: string): boolean => node?.type === type && node.word === word

/**
 * The clauses of a filter in order, and whatever is not a clause. IN and IS are not comparisons to
 * sqlparse; MLflow finds them by looking at three or four tokens from an identifier on, and passes
 * over all of them when they are something else. So does this.
 */
export function readItems(text: string, nodes: Node[]): Item[] {
  const rest = nodes.filter((node) => !isBlank(node))
  const items: Item[] = []
  const give = (upTo: number, from: number): void => {
    for (const node of rest.slice(from, upTo)) items.push(node.kind === 'Comparison' ? { clause: readComparison(text, node) } : { other: node })
  }
  for (let index = 0; index < rest.length;) {
    const [first, second, third, fourth] = [rest[index]!, rest[index + 1], rest[index + 2], rest[index + 3]]
    if (rest.length - index < 3) {
      give(rest.length, index)
      break
    }
    if (first.kind !== 'Identifier') {
      give(index + 1, index)
      index++
    } else if (isNode(second, 'Keyword', 'IN') && third!.kind === 'Parenthesis') {
      items.push({ clause: rawClause(text, first, text.slice(second!.start, second!.end), third) })
      index += 3
    } else if (isNode(second, 'Keyword', 'IS') && (isNode(third, 'Keyword', 'NULL') || isNode(third, 'Keyword', 'NOT NULL'))) {
      items.push({ clause: rawClause(text, first, `IS ${third!.word}`, undefined) })
      index += 3
    } else if (fourth !== undefined && isNode(second, 'Keyword', 'NOT') && isNode(third, 'Keyword', 'IN') && fourth.kind === 'Parenthesis') {
      items.push({ clause: rawClause(text, first, 'NOT IN', fourth) })
      index += 4
    } else {
      give(Math.min(index + 4, rest.length), index)
      index += 4
    }
  }
  return items
}

export const textOf = (text: string, node: Node): string => text.slice(node.start, node.end)

function rawClause(text: string, left: Node, op: string, right: Node | undefined): RawClause {
  // MLflow shows these clauses without the blanks between their parts.
  const shown = textOf(text, left) + op + (right === undefined ? '' : textOf(text, right))
  return { left, op, right, parts: right === undefined ? 2 : 3, second: op, text: shown, at: left.start }
}

function readComparison(text: string, node: Node): RawClause {
  const parts = node.kids!.filter((kid) => !isBlank(kid))
  const op = textOf(text, parts[1]!)
  return { left: parts[0]!, op, right: parts[2], parts: parts.length, second: op, text: textOf(text, node), at: node.start }
}

export const isAnd = (node: Node): boolean => isKeyword(node) && node.type === 'Keyword' && node.word === 'AND'
