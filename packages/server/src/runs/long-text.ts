/** How many characters of a value the search indexes hold. */
export const headLength = 200

export type StoredText = readonly [head: string, long: 0 | 1, rest: string | null]

/** Splits a value into what is indexed and what is not, never inside a surrogate pair. */
export function splitText(value: string): StoredText {
  if (value.length <= headLength) return [value, 0, null]
  const last = value.charCodeAt(headLength - 1)
  const end = last >= 0xd800 && last <= 0xdbff ? headLength - 1 : headLength
  return [value.slice(0, end), 1, value.slice(end)]
}

export const joinText = (head: string, rest: string | null): string => (rest === null ? head : head + rest)
