import { useEffect, useState, type ComponentType, type ReactNode } from 'react'

/** A page, or a part of one, whose code is fetched when it is first shown. */
export interface LazyPart<P> {
  /** `waiting` stands there until it has come. */
  (props: P & { readonly waiting?: ReactNode }): ReactNode
  /** Fetches it; drawn after that, it is there at once. */
  load(): Promise<unknown>
}

/**
 * Not React's `lazy`, which always waits a turn, and shows for at least 300 ms what it shows meanwhile.
 * Where it cannot be fetched the boundary around it is told; drawn anew, it tries again.
 */
export function lazyPart<P extends object>(load: () => Promise<ComponentType<P>>, usually?: () => ReactNode): LazyPart<P> {
  let loading: Promise<ComponentType<P>> | undefined
  let there: ComponentType<P> | undefined
  const fetchIt = (): Promise<ComponentType<P>> => loading ??= load().then((part) => there = part, (error: unknown) => { loading = undefined; throw error })
  function Part({ waiting, ...props }: P & { readonly waiting?: ReactNode }): ReactNode {
    // What it was drawn with first it stays: another would lose its state.
    const [Shown, show] = useState<ComponentType<P> | undefined>(() => there)
    const [failure, fail] = useState<{ readonly error: unknown }>()
    useEffect(() => {
      if (Shown !== undefined) return undefined
      let left = false
      fetchIt().then((found) => { if (!left) show(() => found) }, (error: unknown) => { if (!left) fail({ error }) })
      return () => { left = true }
    }, [])
    if (failure !== undefined) throw failure.error
    return Shown === undefined ? waiting ?? usually?.() : <Shown {...props as unknown as P} />
  }
  return Object.assign(Part, { load: fetchIt })
}
