export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

export interface Outcome {
  readonly name: string
  readonly what: string
  readonly ok: boolean
  readonly seconds: number
  readonly counts: Counts | undefined
  readonly note?: string
}

/** Reads the closing lines of node's test runner and of pytest, the last of each. */
export function readCounts(text: string): Counts | undefined {
  const lastNumber = (pattern: RegExp): number | undefined => {
    const found = [...text.matchAll(pattern)].at(-1)
    return found === undefined ? undefined : Number(found[1])
  }
  const passed = lastNumber(/^(?:ℹ|#) pass (\d+)$/gm)
  if (passed !== undefined) {
    const failed = (lastNumber(/^(?:ℹ|#) fail (\d+)$/gm) ?? 0) + (lastNumber(/^(?:ℹ|#) cancelled (\d+)$/gm) ?? 0)
    const skipped = (lastNumber(/^(?:ℹ|#) skipped (\d+)$/gm) ?? 0) + (lastNumber(/^(?:ℹ|#) todo (\d+)$/gm) ?? 0)
    return { passed, failed, skipped }
  }
  const closing = [...text.matchAll(/^(?:=+ )?((?:\d+ [a-z]+, )*\d+ [a-z]+) in [\d.]+s\b.*$/gm)].at(-1)?.[1]
  if (closing === undefined) return undefined
  const count = (word: string): number => Number(new RegExp(`(\\d+) ${word}`).exec(closing)?.[1] ?? 0)
  return { passed: count('passed'), failed: count('failed') + count('errors?'), skipped: count('skipped') + count('xfailed') }
}

/** A line per part, how long all took (parts may have run at the same time), and the sum as `N passed, N failed`. */
export function summary(outcomes: readonly Outcome[], seconds: number): string {
  const rows = outcomes.map(({ name, what, ok, seconds, counts, note }) => [
    ok ? 'ok' : 'FAILED',
    name,
    `${seconds.toFixed(0)} s`,
    counts === undefined ? '' : `${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ''}`,
    note ?? what,
  ])
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]!.length)))
  const lines = rows.map((row) => row.map((cell, column) => (column < 4 ? cell.padEnd(widths[column]!) : cell)).join('  ').trimEnd())
  // A part that fails without a failed test (it could not run, or the runner broke) counts as one.
  const passed = outcomes.reduce((sum, { ok, counts }) => sum + (counts?.passed ?? (ok ? 1 : 0)), 0)
  const failed = outcomes.reduce((sum, { ok, counts }) => sum + (ok ? 0 : Math.max(1, counts?.failed ?? 1)), 0)
  return [...lines, '', `all parts took ${Math.round(seconds)} s`, `${passed} passed, ${failed} failed`].join('\n')
}
