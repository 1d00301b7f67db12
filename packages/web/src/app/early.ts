/** What was asked for before anything was there to show it. Whoever asks for it first gets this answer; later it is old. */
const early = new Map<string, Promise<unknown>>()

export function askEarly<T>(key: string, load: () => Promise<T>): Promise<T> {
  const answer = load()
  // Told by whoever takes it.
  answer.catch(() => {})
  early.set(key, answer)
  return answer
}

export function takeEarly<T>(key: string): Promise<T> | undefined {
  const answer = early.get(key) as Promise<T> | undefined
  early.delete(key)
  return answer
}
