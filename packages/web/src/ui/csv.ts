const number = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?$/

/**
 * RFC 4180; what a spreadsheet would take for a formula gets a quote before it. Texts are whatever somebody
 * has logged: `-1+cmd|…` begins like a number and is none.
 */
export function csvCell(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (typeof value !== 'string') return String(value)
  const text = /^[=+\-@\t\r]/.test(value) && !number.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

export const csvOf = (rows: readonly (readonly unknown[])[]): string => `${rows.map((row) => row.map(csvCell).join(',')).join('\r\n')}\r\n`
