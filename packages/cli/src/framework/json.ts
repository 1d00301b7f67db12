/** JSON for people and programs: int64 beyond 2^53 exact, non-finite numbers as MLflow writes them. */
export function toJson(value: unknown, indent = 2): string {
  return JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === 'bigint') return JSON.rawJSON(String(item))
    if (typeof item === 'number' && !Number.isFinite(item)) return String(item)
    return item
  }, indent) ?? 'null'
}
