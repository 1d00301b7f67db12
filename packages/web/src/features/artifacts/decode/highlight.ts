export type TokenKind = 'plain' | 'comment' | 'string' | 'number' | 'keyword' | 'key'

export interface Token {
  readonly kind: TokenKind
  readonly text: string
}

interface Language {
  readonly line?: string
  readonly block?: readonly [open: string, close: string]
  /** Longest first: `"""` before `"`. Those of three characters go over lines. */
  readonly quotes: readonly string[]
  readonly keywords: ReadonlySet<string>
  /** What stands before a colon at the start of a line is a key, as in YAML. */
  readonly keys?: boolean
}

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '))
const cLike = { line: '//', block: ['/*', '*/'] as const, quotes: ['"', "'"] }
const none = words('')

const languages: Readonly<Record<string, Language>> = {
  python: { line: '#', quotes: ['"""', "'''", '"', "'"], keywords: words('and as assert async await break case class continue def del elif else except False finally for from global if import in is lambda match None nonlocal not or pass raise return True try while with yield') },
  javascript: { ...cLike, quotes: ['`', '"', "'"], keywords: words('abstract as async await break case catch class const continue default delete do else enum export extends false finally for from function if implements import in instanceof interface let new null of private public readonly return static super switch this throw true try type typeof undefined var void while yield') },
  json: { quotes: ['"'], keywords: words('true false null NaN Infinity') },
  yaml: { line: '#', quotes: ['"', "'"], keywords: words('true false null yes no'), keys: true },
  toml: { line: '#', quotes: ['"""', "'''", '"', "'"], keywords: words('true false') },
  ini: { line: '#', quotes: [], keywords: none },
  shell: { line: '#', quotes: ['"', "'"], keywords: words('case do done elif else esac export fi for function if in local return set then while') },
  sql: { line: '--', block: ['/*', '*/'], quotes: ["'", '"'], keywords: words('select from where and or not null insert into values update set delete create table primary key join left right inner outer on group by order having limit as distinct union all case when then else end in is like between SELECT FROM WHERE AND OR NOT NULL INSERT INTO VALUES UPDATE SET DELETE CREATE TABLE PRIMARY KEY JOIN LEFT RIGHT INNER OUTER ON GROUP BY ORDER HAVING LIMIT AS DISTINCT UNION ALL CASE WHEN THEN ELSE END IN IS LIKE BETWEEN') },
  c: { ...cLike, keywords: words('auto bool break case char class const constexpr continue default delete do double else enum explicit extern false final float for friend fun func go if import inline int interface let long mut namespace new null nullptr override package private protected public pub return short signed sizeof static struct super switch template this throw trait true try typedef typename union unsigned use using val var virtual void volatile when while fn impl match mod self where async await') },
  r: { line: '#', quotes: ['"', "'"], keywords: words('break else FALSE for function if in Inf library NA NaN next NULL repeat return TRUE while') },
  diff: { quotes: [], keywords: none },
  text: { quotes: [], keywords: none },
}

const extensions: Readonly<Record<string, string>> = {
  py: 'python', pyi: 'python', ipy: 'python', js: 'javascript', mjs: 'javascript', cjs: 'javascript', ts: 'javascript', tsx: 'javascript', jsx: 'javascript',
  json: 'json', jsonl: 'json', yaml: 'yaml', yml: 'yaml', mlmodel: 'yaml', mlproject: 'yaml', toml: 'toml', ini: 'ini', cfg: 'ini', conf: 'ini', properties: 'ini',
  sh: 'shell', bash: 'shell', zsh: 'shell', dockerfile: 'shell', sql: 'sql', c: 'c', h: 'c', cc: 'c', cpp: 'c', hpp: 'c', java: 'c', scala: 'c', kt: 'c', go: 'c', rs: 'c', swift: 'c', cs: 'c', proto: 'c',
  r: 'r', diff: 'diff', patch: 'diff',
}

export function languageOf(name: string): string {
  const base = name.slice(name.lastIndexOf('/') + 1).toLowerCase()
  return extensions[base.slice(base.lastIndexOf('.') + 1)] ?? 'text'
}

/**
 * A text as lines of tokens whose texts joined are the line. A tokenizer, not a parser: it knows
 * comments, strings, numbers and keywords, which is what the eye looks for.
 */
export function highlight(text: string, name: string): Token[][] {
  const language = languages[name] ?? languages['text']!
  const lines: Token[][] = [[]]
  const put = (kind: TokenKind, part: string): void => {
    for (const [index, piece] of part.split('\n').entries()) {
      if (index > 0) lines.push([])
      const line = lines.at(-1)!
      const last = line.at(-1)
      if (piece === '') continue
      if (last?.kind === kind && kind === 'plain') line[line.length - 1] = { kind, text: last.text + piece }
      else line.push({ kind, text: piece })
    }
  }
  if (name === 'diff') {
    for (const [index, line] of text.split('\n').entries()) put(line.startsWith('+') ? 'string' : line.startsWith('-') ? 'keyword' : line.startsWith('@@') ? 'comment' : 'plain', (index > 0 ? '\n' : '') + line)
    return lines
  }
  if (name === 'text') {
    put('plain', text)
    return lines
  }
  const key = /[ \t]*(?:- +)*[\w./-]+(?=:(?:\s|$))/y
  const word = /[A-Za-z_$][\w$]*/y
  const number = /(?:0[xX][\da-fA-F_]+|\d[\d_]*(?:\.\d+)?(?:[eE][-+]?\d+)?)/y
  const matched = (pattern: RegExp, at: number): string | undefined => {
    pattern.lastIndex = at
    return pattern.exec(text)?.[0]
  }
  let at = 0
  while (at < text.length) {
    const end = tokenEnd(at)
    put(end.kind, text.slice(at, end.to))
    at = end.to
  }
  return lines

  function tokenEnd(from: number): { kind: TokenKind; to: number } {
    if (language.line !== undefined && text.startsWith(language.line, from)) return { kind: 'comment', to: lineEnd(from) }
    if (language.block !== undefined && text.startsWith(language.block[0], from)) {
      const close = text.indexOf(language.block[1], from + 2)
      return { kind: 'comment', to: close < 0 ? text.length : close + 2 }
    }
    if (language.keys === true && (from === 0 || text[from - 1] === '\n')) {
      const found = matched(key, from)
      if (found !== undefined) return { kind: 'key', to: from + found.length }
    }
    const quote = language.quotes.find((one) => text.startsWith(one, from))
    if (quote !== undefined) {
      const to = stringEnd(from + quote.length, quote)
      return { kind: name === 'json' && /^\s*:/.test(text.slice(to, to + 20)) ? 'key' : 'string', to }
    }
    const found = matched(word, from)
    if (found !== undefined) return { kind: language.keywords.has(found) ? 'keyword' : 'plain', to: from + found.length }
    const digits = matched(number, from)
    if (digits !== undefined) return { kind: 'number', to: from + digits.length }
    return { kind: 'plain', to: from + 1 }
  }

  function lineEnd(from: number): number {
    const found = text.indexOf('\n', from)
    return found < 0 ? text.length : found
  }

  function stringEnd(from: number, quote: string): number {
    for (let to = from; to < text.length; to += 1) {
      if (text[to] === '\\') to += 1
      else if (text.startsWith(quote, to)) return to + quote.length
      else if (text[to] === '\n' && quote.length === 1 && quote !== '`') return to
    }
    return text.length
  }
}
