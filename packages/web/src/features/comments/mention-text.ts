const code = /```[\s\S]*?(?:```|$)|`[^`\n]*`/g
/** As the server finds them. */
const mention = /(?<![\p{L}\p{N}_.@/])@(?:\[([^\]\n]{1,255})\]|([\p{L}\p{N}_](?:[\p{L}\p{N}_.+-]*[\p{L}\p{N}_])?)(?![\p{L}\p{N}_/]))/gu
const special = /[\\`*_{}[\]()#+.!|<>~-]/g

/** The text as Markdown in which whoever is mentioned stands out. */
export function withMentions(text: string): string {
  const marked = (plain: string): string => plain.replaceAll(mention, (_, quoted: string | undefined, word: string | undefined) => `**@${(quoted ?? word!).replaceAll(special, '\\$&')}**`)
  let shown = ''
  let from = 0
  for (const { 0: quoted, index } of text.matchAll(code)) {
    shown += marked(text.slice(from, index)) + quoted
    from = index + quoted.length
  }
  return shown + marked(text.slice(from))
}

/** How a name is written so that it is a mention. */
export const mentionOf = (name: string): string => (/^[\p{L}\p{N}_](?:[\p{L}\p{N}_.+-]*[\p{L}\p{N}_])?$/u.test(name) ? `@${name}` : `@[${name}]`)

export interface Typed {
  /** Where the `@` stands. */
  readonly from: number
  /** What of a name is typed after it. */
  readonly text: string
}

/** The mention that is being typed before the caret, if one is. */
export function mentionAt(text: string, caret: number): Typed | undefined {
  const match = /(?:^|[\s(,;])@(?:\[([^\]\n@]*)|([\p{L}\p{N}_.+-]*))$/u.exec(text.slice(0, caret))
  if (match === null) return undefined
  const typed = match[1] ?? match[2] ?? ''
  return { text: typed, from: caret - typed.length - (match[1] === undefined ? 1 : 2) }
}

/** The text with a name in place of what was typed of it, and where the caret goes. */
export function completed(text: string, caret: number, { from }: Typed, name: string): { readonly text: string; readonly caret: number } {
  const rest = text.slice(caret).replace(/^\]/, '')
  const before = `${text.slice(0, from)}${mentionOf(name)} `
  return { text: before + rest.replace(/^ /, ''), caret: before.length }
}
