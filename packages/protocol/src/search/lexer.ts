import { wordType } from './keywords.ts'

/** A piece of a filter: `type` as sqlparse names it, and where it stands in the text. */
export interface Token {
  type: string
  start: number
  end: number
}

// Python's \w, \s and \d; JavaScript's are ASCII (\w, \d) or another set (\s).
const W = '[\\p{L}\\p{N}_]'
const S = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]'
const D = '\\p{Nd}'
const letter = '[A-Z\\u00c0-\\u00dc]'
const notLetter = `(?![_A-Z\\u00c0-\\u00dc])`
const wordEnd = `(?!${W})`

const patternOf = (source: string): RegExp => new RegExp(source.replaceAll('\\w', W).replaceAll('\\s', S).replaceAll('\\d', D).replaceAll('\\b', wordEnd), 'iuy')

const asWord = 'word'
const scanned = 'scanned'

/**
 * sqlparse's rules in its order: the first that matches at a position wins. None of them rescans
 * what another token already covered, so that the whole is linear in the text; what would not be
 * (comments, quotes, dollar quotes) is scanned by hand below.
 */
const rules: readonly (readonly [source: string, type: string])[] = [
  ['\\r\\n|\\r|\\n', 'Newline'],
  ['\\s', 'Whitespace'],
  [':=', 'Assignment'],
  ['::', 'Punctuation'],
  ['\\*', 'Wildcard'],
  ['[`\\u00b4]', scanned],
  ['\\?', 'Name.Placeholder'],
  ['%(?:\\(\\w+\\))?s', 'Name.Placeholder'],
  ['(?<!\\w)[$:?]\\w+', 'Name.Placeholder'],
  ['\\\\\\w+', 'Command'],
  ['(?:CASE|IN|VALUES|USING|FROM|AS)\\b', 'Keyword'],
  [`(?:@|##|#)${letter}\\w+`, 'Name'],
  [`${letter}\\w*(?=\\s*\\.(?!\\d))`, 'Name'],
  [`(?<=\\.)${letter}\\w*`, 'Name'],
  [`${letter}\\w*(?=\\()`, 'Name'],
  ['-?0x[0-9A-F\\p{Nd}]+', 'Number.Hexadecimal'],
  ['-?\\d+(?:\\.\\d+)?E-?\\d+', 'Number.Float'],
  [`${notLetter}-?(?:\\d+\\.\\d*|\\.\\d+)${notLetter}`, 'Number.Float'],
  [`${notLetter}-?\\d+${notLetter}`, 'Number.Integer'],
  ['[\'"]', scanned],
  ['(?<![\\p{L}\\p{N}_\\])])\\[[^\\]\\[]+\\]', 'Name'],
  ['(?:(?:LEFT\\s+|RIGHT\\s+|FULL\\s+)?(?:INNER\\s+|OUTER\\s+|STRAIGHT\\s+)?|(?:CROSS\\s+|NATURAL\\s+)?)?JOIN\\b', 'Keyword'],
  ['END(?:\\s+IF|\\s+LOOP|\\s+WHILE|\\s+FOR|\\s+CASE)?\\b', 'Keyword'],
  ['IF\\s+(?:NOT\\s+)?EXISTS\\b', 'Keyword'],
  ['NOT\\s+NULL\\b', 'Keyword'],
  ['(?:ASC|DESC)(?:\\s+NULLS\\s+(?:FIRST|LAST))?\\b', 'Keyword.Order'],
  ['NULLS\\s+(?:FIRST|LAST)\\b', 'Keyword.Order'],
  ['UNION\\s+ALL\\b', 'Keyword'],
  ['CREATE(?:\\s+OR\\s+REPLACE)?\\b', 'Keyword.DDL'],
  ['DOUBLE\\s+PRECISION\\b', 'Name.Builtin'],
  ['(?:GROUP\\s+BY|ORDER\\s+BY|PRIMARY\\s+KEY|HANDLER\\s+FOR|GO\\s\\d+)\\b', 'Keyword'],
  ['LATERAL\\s+VIEW\\s+(?:EXPLODE|INLINE|PARSE_URL_TUPLE|POSEXPLODE|STACK)\\b', 'Keyword'],
  ["(?:AT|WITH')\\s+TIME\\s+ZONE\\s+'[^']+'", 'Keyword.TZCast'],
  ['(?:NOT\\s+)?(?:LIKE|ILIKE|RLIKE)\\b', 'Operator.Comparison'],
  ['(?:NOT\\s+)?REGEXP(?:\\s+BINARY)?\\b', 'Operator.Comparison'],
  ['\\w[$#\\p{L}\\p{N}_]*', asWord],
  ['[;:()\\[\\],.]', 'Punctuation'],
  ['->>?|#>>?|@>|<@|\\?\\|?|\\?&|-|#-', 'Operator'],
  ['[<>=~!]+', 'Operator.Comparison'],
  ['[+/@#%^&|^-]+', 'Operator'],
]

/** Made with the first filter: most pages that load this never have one, and letters of all scripts take some milliseconds. */
let patterns: readonly (readonly [RegExp, string])[] | undefined

/** Cuts a filter into tokens; undefined when there are more than `maxTokens`. */
export function tokenize(text: string, maxTokens: number): Token[] | undefined {
  const tokens: Token[] = []
  const delimited = delimitedSpans(text)
  for (let at = 0; at < text.length;) {
    const token = delimited(at) ?? comment(text, at) ?? byRule(text, at)
    tokens.push(token)
    if (tokens.length > maxTokens) return undefined
    at = token.end
  }
  return tokens
}

function byRule(text: string, start: number): Token {
  for (const [pattern, type] of patterns ??= rules.map(([source, type]) => [patternOf(source), type])) {
    pattern.lastIndex = start
    if (!pattern.test(text)) continue
    const end = pattern.lastIndex
    if (type === asWord) return { type: wordType(text.slice(start, end)), start, end }
    if (type !== scanned) return { type, start, end }
    const close = closingQuote(text, start)
    if (close > 0) return { type: quoteType(text[start]!), start, end: close }
  }
  return { type: 'Error', start, end: start + (text.codePointAt(start)! > 0xffff ? 2 : 1) }
}

function quoteType(quote: string): string {
  if (quote === "'") return 'String.Single'
  return quote === '"' ? 'String.Symbol' : 'Name'
}

/**
 * Where a quoted text that opens at `start` ends, or 0. A doubled quote does not close it, nor, for
 * `'` and `"`, one behind a backslash, unless nothing else does: then the last such quote closes.
 */
function closingQuote(text: string, start: number): number {
  const quote = text[start]!
  const escapes = quote === "'" || quote === '"'
  let lastResort = 0
  for (let at = start + 1; at < text.length; at++) {
    const char = text[at]
    if (char === quote) {
      if (text[at + 1] !== quote) return at + 1
      lastResort = ++at
    } else if (escapes && char === '\\' && text[at + 1] === quote) {
      lastResort = ++at + 1
    }
  }
  return lastResort
}

const lineEnd = /\r\n|\r|\n|$/g

/** A comment to the end of its line: `--` or `# `. */
function comment(text: string, start: number): Token | undefined {
  if (!(text.startsWith('--', start) || text.startsWith('# ', start))) return undefined
  lineEnd.lastIndex = start + 2
  const match = lineEnd.exec(text)!
  return { type: text[start + 2] === '+' ? 'Comment.Single.Hint' : 'Comment.Single', start, end: match.index + match[0].length }
}

const dollarQuote = new RegExp(`\\$(?:[_A-Z\\u00c0-\\u00dc]${W}*)?(?=\\$)`, 'giu')
const mayNotOpen = new RegExp(`[\\p{L}\\p{N}_"$]`, 'u')

/**
 * Texts between `$tag$` and the next `$tag$`, and between the two ends of a block comment. All delimiters are
 * found beforehand, because looking for each one's partner from where it stands is quadratic.
 */
function delimitedSpans(text: string): (at: number) => Token | undefined {
  const hasDollar = text.includes('$')
  const hasComment = text.includes('/*')
  if (!hasDollar && !hasComment) return () => undefined
  const closers = new Map<string, number[]>()
  const tagAt = new Map<number, string>()
  if (hasDollar) {
    for (const match of text.matchAll(dollarQuote)) {
      const tag = `${match[0]}$`
      tagAt.set(match.index, tag)
      const starts = closers.get(tag)
      if (starts === undefined) closers.set(tag, [match.index])
      else starts.push(match.index)
    }
  }
  const commentEnds: number[] = []
  if (hasComment) for (const match of text.matchAll(/\*(?=\/)/g)) commentEnds.push(match.index)
  return (start) => {
    if (text[start] === '/' && text[start + 1] === '*') {
      const hint = text[start + 2] === '+'
      const close = firstFrom(commentEnds, start + (hint ? 3 : 2))
      return close === undefined ? undefined : { type: hint ? 'Comment.Multiline.Hint' : 'Comment.Multiline', start, end: close + 2 }
    }
    const tag = text[start] === '$' ? tagAt.get(start) : undefined
    if (tag === undefined || (start > 0 && mayNotOpen.test(text[start - 1]!))) return undefined
    const close = firstFrom(closers.get(tag)!, start + tag.length)
    return close === undefined ? undefined : { type: 'Literal', start, end: close + tag.length }
  }
}

/** The first of the ascending `positions` that is not before `from`. */
function firstFrom(positions: number[], from: number): number | undefined {
  let low = 0
  let high = positions.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (positions[middle]! < from) low = middle + 1
    else high = middle
  }
  return positions[low]
}
