import { lazy, useEffect, useState, type ComponentType, type ReactNode } from 'react'

/** A page that is a piece of its own, fetched when it is first gone to. */
export interface LazyPage<P> {
  (props: P): ReactNode
  /** Fetches it; drawn after that, it is there at once. */
  load(): Promise<unknown>
}

/** React's `lazy` always waits a turn, and shows for at least 300 ms what it shows meanwhile. */
export function lazyPage<P extends object>(load: () => Promise<ComponentType<P>>): LazyPage<P> {
  let loading: Promise<ComponentType<P>> | undefined
  let loaded: ComponentType<P> | undefined
  const fetchIt = (): Promise<ComponentType<P>> => loading ??= load().then((page) => loaded = page, (error: unknown) => { loading = undefined; throw error })
  const Waiting = lazy(async () => ({ default: await fetchIt() }))
  // What it was drawn with first it stays: another would lose its state.
  const Page = (props: P): ReactNode => {
    const [Shown] = useState<ComponentType<P>>(() => loaded ?? Waiting as unknown as ComponentType<P>)
    return <Shown {...props} />
  }
  return Object.assign(Page, { load: fetchIt })
}

/** A part of a page that is fetched when it is first shown. Not React's `lazy`, which shows for at least 300 ms what it shows meanwhile. */
export function lazyPart<P extends object>(load: () => Promise<ComponentType<P>>, Waiting: () => ReactNode): ComponentType<P> {
  let there: ComponentType<P> | undefined
  return function Part(props: P): ReactNode {
    const [Shown, setShown] = useState<ComponentType<P> | undefined>(() => there)
    const [failure, setFailure] = useState<{ readonly error: unknown }>()
    useEffect(() => {
      if (Shown !== undefined) return undefined
      let left = false
      load().then((found) => {
        there = found
        if (!left) setShown(() => found)
      }, (error: unknown) => { if (!left) setFailure({ error }) })
      return () => { left = true }
    }, [])
    if (failure !== undefined) throw failure.error
    return Shown === undefined ? <Waiting /> : <Shown {...props} />
  }
}
