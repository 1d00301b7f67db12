/** What says most about a run comes first. */
const telling = /(^|[/_. -])(auc|acc|accuracy|f1|score|r2|loss|rmse|mae|mse|error)($|[/_. -])/i
const validation = /val|test|eval/i

const rank = (key: string): number => (key.startsWith('system/') ? -4 : 0) + (telling.test(key) ? 2 : 0) + (validation.test(key) ? 1 : 0)

/** Metrics by how much their names promise; `first` before all where it is among them. */
export const byTelling = (keys: readonly string[], first?: string): string[] =>
  keys.toSorted((a, b) => Number(b === first) - Number(a === first) || rank(b) - rank(a) || (a < b ? -1 : 1))
