import { useEffect, useState } from 'react'

/** Where the page is: parsed from the address, which is the only place that holds it. */
export type Place =
  | { readonly page: 'experiments' }
  | { readonly page: 'experiment'; readonly id: string; readonly filter: string; readonly order: string }
  | { readonly page: 'run'; readonly id: string }
  | { readonly page: 'nowhere' }

/** Static prefix of the server, "" or "/something"; from the <base> that it writes into the page. */
export const prefix = new URL('.', document.baseURI).pathname.replace(/\/$/, '')

export function parsePlace(location: { pathname: string; search: string; hash: string }): Place {
  // MLflow's client prints links such as /#/experiments/1/runs/…; they open here too.
  const hash = /^#\/(.+)$/.exec(location.hash)?.[1]
  const path = hash === undefined ? location.pathname.slice(prefix.length) : `/${hash.split('?')[0]!}`
  const run = /^\/(?:experiments\/[^/]+\/)?runs\/([^/]+)\/?/.exec(path)
  if (run !== null) return { page: 'run', id: decoded(run[1]!) }
  const experiment = /^\/experiments\/([^/]+)\/?/.exec(path)
  if (experiment !== null) {
    const query = new URLSearchParams(location.search)
    return { page: 'experiment', id: decoded(experiment[1]!), filter: query.get('q') ?? '', order: query.get('sort') ?? '' }
  }
  return path === '/' || path === '' || path === '/experiments' ? { page: 'experiments' } : { page: 'nowhere' }
}

/** What is no percent-encoding stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

export const href = {
  experiments: (): string => `${prefix}/`,
  experiment: (id: string, query: { filter?: string; order?: string } = {}): string => {
    const search = new URLSearchParams({ ...(query.filter && { q: query.filter }), ...(query.order && { sort: query.order }) }).toString()
    return `${prefix}/experiments/${encodeURIComponent(id)}${search === '' ? '' : `?${search}`}`
  },
  run: (id: string): string => `${prefix}/runs/${encodeURIComponent(id)}`,
}

const changed = 'cairn:place'

export function go(url: string, how: 'push' | 'replace' = 'push'): void {
  if (how === 'push') history.pushState(null, '', url)
  else history.replaceState(null, '', url)
  dispatchEvent(new Event(changed))
}

export function usePlace(): Place {
  const [place, setPlace] = useState(() => parsePlace(location))
  useEffect(() => {
    const update = (): void => setPlace(parsePlace(location))
    const follow = (event: MouseEvent): void => {
      const link = (event.target as Element | null)?.closest('a')
      if (!link || link.origin !== location.origin || link.target !== '' || link.hasAttribute('download') || link.dataset['plain'] !== undefined) return
      if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
      event.preventDefault()
      go(link.href)
      scrollTo(0, 0)
    }
    addEventListener('popstate', update)
    addEventListener('hashchange', update)
    addEventListener(changed, update)
    document.addEventListener('click', follow)
    return () => {
      removeEventListener('popstate', update)
      removeEventListener('hashchange', update)
      removeEventListener(changed, update)
      document.removeEventListener('click', follow)
    }
  }, [])
  return place
}
