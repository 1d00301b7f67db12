/** The grammar has no escapes: a text with both kinds of quotes is looked for by what stands before the second kind. */
export function nameLike(text: string, field = 'name'): string {
  const quote = text.includes("'") ? '"' : "'"
  return `${field} ILIKE ${quote}%${text.split(quote)[0]!}%${quote}`
}
