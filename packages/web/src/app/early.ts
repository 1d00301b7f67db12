interface Early {
  readonly answer: Promise<unknown>
  /** The answer, once it is there. */
  ready?: { readonly value: unknown }
}

/** What was asked for before anything was there to show it. Whoever asks for it first gets this answer; later it is old. */
const early = new Map<string, Early>()

export function askEarly<T>(key: string, load: () => Promise<T>): Promise<T> {
  const answer = load()
  const entry: Early = { answer }
  // A failure is told by whoever takes it.
  answer.then((value) => { entry.ready = { value } }, () => {})
  early.set(key, entry)
  return answer
}

/** Puts there what another answer brought along. */
export const putEarly = (key: string, value: unknown): void => void early.set(key, { answer: Promise.resolve(value), ready: { value } })

export function takeEarly<T>(key: string): Promise<T> | undefined {
  const entry = early.get(key)
  early.delete(key)
  return entry?.answer as Promise<T> | undefined
}

/** The same for whoever draws it at once; what is still on its way stays. */
export function takeReady<T>(key: string): T | undefined {
  const ready = early.get(key)?.ready
  if (ready !== undefined) early.delete(key)
  return ready?.value as T | undefined
}
