/** What PostgreSQL sends as text, by its type's number: integers as SQLite gives them, booleans as 0 and 1. */
const parsers: Readonly<Record<number, (text: string) => unknown>> = {
  16: (text) => (text === 't' ? 1 : 0),
  // Not a Buffer: those lie in a pool, and a transfer to another thread would take the pool along.
  17: (text) => Uint8Array.fromHex(text.slice(2)),
  20: integer, 21: Number, 23: Number, 26: Number, 700: Number, 701: Number,
  1700: (text) => (text.includes('.') ? Number(text) : integer(text)),
}
const asText = (text: string): string => text
export const parserOf = (type: number): (text: string) => unknown => parsers[type] ?? asText

function integer(text: string): number | bigint {
  const number = Number(text)
  return Number.isSafeInteger(number) ? number : BigInt(text)
}
