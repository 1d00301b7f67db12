/**
 * Cuts a list of values into lists for `IN (…)`, each padded with its last value to one of few
 * lengths: every length is a statement of its own to prepare, and both databases bound how many
 * parameters one may have.
 */
export function* inLists<T>(values: readonly T[]): Generator<{ readonly sql: string; readonly params: readonly T[] }> {
  for (let start = 0; start < values.length; start += lengths.at(-1)!) {
    const part = values.slice(start, start + lengths.at(-1)!)
    const length = lengths.find((candidate) => candidate >= part.length)!
    while (part.length < length) part.push(part.at(-1)!)
    yield { sql: `(${part.map(() => '?').join(', ')})`, params: part }
  }
}

const lengths = [1, 4, 16, 64, 100, 256, 1024]
