import type { Setting } from './settings.ts'

export interface SettingProblem {
  /** Where the value came from: `--port` or `MLFLOW_PORT`. */
  readonly source: string
  readonly what: string
  readonly fix: string
}

/** Reads settings one by one and collects what is wrong with them instead of stopping at the first. */
export function reader(
  settings: readonly Setting[],
  flags: Readonly<Record<string, string | boolean | undefined>>,
  env: Readonly<Record<string, string | undefined>>,
) {
  const problems: SettingProblem[] = []
  const table = new Map(settings.map((setting) => [setting.name, setting]))

  const raw = (name: string): { value: string; source: string } | undefined => {
    const setting = table.get(name)
    const given = flags[name]
    if (given !== undefined) return { value: String(given), source: `--${name}` }
    const variable = setting?.env === undefined ? undefined : env[setting.env]
    return variable === undefined || variable === '' ? undefined : { value: variable, source: setting!.env! }
  }
  const problem = (name: string, what: string, fix: string): void => {
    const source = raw(name)?.source ?? `--${name}`
    problems.push({ source, what, fix })
  }
  const text = (name: string): string | undefined => {
    const value = raw(name)?.value
    if (value === '') problem(name, 'it is empty.', 'Give it a value or leave it out.')
    return value
  }

  return {
    problems,
    problem,
    text,
    /** Whether there is such a flag on the command line. */
    given: (name: string): boolean => flags[name] !== undefined,
    boolean(name: string, otherwise: boolean): boolean {
      const value = raw(name)?.value.toLowerCase()
      if (value === undefined) return otherwise
      if (['true', '1', 'yes', 'on'].includes(value)) return true
      if (['false', '0', 'no', 'off'].includes(value)) return false
      problem(name, `"${value}" is neither true nor false.`, 'Give true or false.')
      return otherwise
    },
    integer(name: string, otherwise: number, min: number, max: number): number {
      const value = raw(name)?.value
      if (value === undefined) return otherwise
      const number = /^\d{1,15}$/.test(value) ? Number(value) : NaN
      if (number >= min && number <= max) return number
      problem(name, `"${value}" is not a whole number from ${min} to ${max}.`, `Give a number, for instance ${Math.max(otherwise, min)}.`)
      return otherwise
    },
    bytes(name: string, otherwise: number): number {
      const value = raw(name)?.value
      if (value === undefined) return otherwise
      const match = /^(\d{1,12})\s*([kmg]?)i?b?$/i.exec(value)
      const size = match ? Number(match[1]) * 1024 ** ['', 'k', 'm', 'g'].indexOf(match[2]!.toLowerCase()) : 0
      if (size > 0) return size
      problem(name, `"${value}" is not a size.`, 'Give bytes, or a number with K, M or G: 64M.')
      return otherwise
    },
    list(name: string): string[] | undefined {
      const value = text(name)
      const items = value?.split(',').map((item) => item.trim()).filter((item) => item !== '')
      return items?.length === 0 ? undefined : items
    },
    /** One of a few words, whatever the case. */
    word<T extends string>(name: string, words: Readonly<Record<string, T>>, otherwise: T): T {
      const value = raw(name)?.value
      if (value === undefined) return otherwise
      const known = Object.hasOwn(words, value.toUpperCase()) ? words[value.toUpperCase()] : undefined
      if (known === undefined) problem(name, `"${value}" is not known.`, `Give one of ${Object.keys(words).join(', ')}.`)
      return known ?? otherwise
    },
  }
}
