export interface DiffRow {
  readonly name: string
  /** One per column; undefined where it is missing. */
  readonly values: readonly (string | undefined)[]
  readonly same: boolean
}

/** Names of all columns, in the order in which they first appear, with what each column says. */
export function diffRows(columns: readonly ReadonlyMap<string, string>[]): DiffRow[] {
  const names = [...new Set(columns.flatMap((column) => [...column.keys()]))]
  return names.map((name) => {
    const values = columns.map((column) => column.get(name))
    return { name, values, same: values.every((value) => value === values[0]) }
  })
}

/**
 * Whether a value is worth pointing at: it is another than the first column's, and not simply like
 * all others in a row of which everybody sees that it differs, because only such rows are shown.
 */
export const tellsApart = (values: readonly (string | undefined)[], at: number, all: boolean): boolean =>
  values[at] !== values[0] && (all || values.some((value, other) => other > 0 && value === values[0]))

/** The best of a row, where its name says whether more or less is better and some are worse. */
export function bestOf(values: readonly (number | undefined)[], less: boolean | undefined): number | undefined {
  const known = values.filter((value) => value !== undefined && Number.isFinite(value)) as number[]
  if (less === undefined || known.length < 2) return undefined
  const best = less ? Math.min(...known) : Math.max(...known)
  return known.some((value) => value !== best) ? best : undefined
}
