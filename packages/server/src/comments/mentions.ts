/** Code is quoted, not said: nobody is meant in it. */
const code = /```[\s\S]*?(?:```|$)|`[^`\n]*`/g
/** `@ada`, `@ada.l`, `@[Ada Lovelace]`; not the end of a mail address, nor a full stop that ends the sentence. */
const mention = /(?<![\p{L}\p{N}_.@/])@(?:\[([^\]\n]{1,255})\]|([\p{L}\p{N}_](?:[\p{L}\p{N}_.+-]*[\p{L}\p{N}_])?)(?![\p{L}\p{N}_/]))/gu

const most = 50

/** Who is mentioned in a text, each once, in the order of the text. */
export function mentionsIn(text: string): string[] {
  const names = [...text.replaceAll(code, ' ').matchAll(mention)].map((match) => (match[1] ?? match[2]!).trim())
  return [...new Set(names.filter((name) => name !== ''))].slice(0, most)
}
