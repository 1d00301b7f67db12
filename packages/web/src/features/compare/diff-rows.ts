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
