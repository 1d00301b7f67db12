import { isEmbedded } from './embed.ts'
import { newEntry } from './entries.ts'
import { useEffect, useState, useSyncExternalStore } from 'react'

export const workspaceViews = ['table', 'both', 'charts'] as const
/** Ways to see the runs of experiments: as rows, as curves, or both side by side. */
export type WorkspaceView = (typeof workspaceViews)[number]

/** Where the page is: parsed from the address, which is the only place that holds it. */
export type Place =
  | { readonly page: 'home' }
  | { readonly page: 'experiments' }
  | { readonly page: 'experiment'; readonly ids: readonly string[]; readonly shown: WorkspaceView | undefined; readonly view: string }
  | { readonly page: 'run'; readonly id: string; readonly tab: string; readonly path: string; readonly line: number | undefined }
  | { readonly page: 'logged-model'; readonly id: string; readonly path: string; readonly line: number | undefined }
  | { readonly page: 'models'; readonly find: string }
  | { readonly page: 'model'; readonly name: string; readonly compare: readonly string[] }
  | { readonly page: 'version'; readonly name: string; readonly version: string; readonly path: string; readonly line: number | undefined }
  | { readonly page: 'compare'; readonly runs: readonly string[]; readonly all: boolean; readonly file: string; readonly pair: readonly string[] }
  | { readonly page: 'mentions' }
  | { readonly page: 'endpoints' }
  | { readonly page: 'endpoint'; readonly name: string }
  | { readonly page: 'components' }
  | { readonly page: 'nowhere' }

/** Static prefix of the server, "" or "/something"; from the <base> that it writes into the page. */
export const prefix = new URL('.', document.baseURI).pathname.replace(/\/$/, '')

export function parsePlace(location: { pathname: string; search: string; hash: string }): Place {
  // MLflow's client prints links such as /#/experiments/1/runs/…; they open here too.
  const hash = /^#\/(.+)$/.exec(location.hash)?.[1]
  const path = hash === undefined ? location.pathname.slice(prefix.length) : `/${hash.split('?')[0]!}`
  const query = new URLSearchParams(location.search)
  const line = Number(query.get('line')) > 0 ? Number(query.get('line')) : undefined
  const run = /^\/(?:experiments\/[^/]+\/)?runs\/([^/]+)(?:\/([^/]+)(?:\/(.*))?)?/.exec(path)
  if (run !== null) return { page: 'run', id: decoded(run[1]!), tab: run[2] ?? '', path: decodedPath(run[3]), line }
  const logged = /^\/logged-models\/([^/]+)(?:\/artifacts\/(.*))?/.exec(path)
  if (logged !== null) return { page: 'logged-model', id: decoded(logged[1]!), path: decodedPath(logged[2]), line }
  const version = /^\/models\/([^/]+)\/(?:versions\/)?([^/]+)(?:\/artifacts\/(.*))?/.exec(path)
  if (version !== null) return { page: 'version', name: decoded(version[1]!), version: decoded(version[2]!), path: decodedPath(version[3]), line }
  const model = /^\/models\/([^/]+)\/?$/.exec(path)
  if (model !== null) return { page: 'model', name: decoded(model[1]!), compare: listOf(query.get('compare')) }
  const serving = /^\/endpoints(?:\/([^/]+))?\/?$/.exec(path)
  if (serving !== null) return serving[1] === undefined ? { page: 'endpoints' } : { page: 'endpoint', name: decoded(serving[1]) }
  if (/^\/models\/?$/.test(path)) return { page: 'models', find: query.get('q') ?? '' }
  if (/^\/compare\/?$/.test(path)) return { page: 'compare', runs: listOf(query.get('runs')), all: query.get('all') === '1', file: query.get('file') ?? '', pair: listOf(query.get('pair')) }
  const experiment = /^\/experiments\/([^/]+)\/?/.exec(path)
  const several = experiment !== null ? decoded(experiment[1]!) : /^\/runs\/?$/.test(path) ? query.get('experiments') ?? '' : ''
  if (listOf(several).length > 0) return { page: 'experiment', ids: listOf(several), shown: workspaceViews.find((one) => one === query.get('view')), view: viewIn(path, query) }
  if (/^\/mentions\/?$/.test(path)) return { page: 'mentions' }
  if (path === '/_components') return { page: 'components' }
  if (/^\/experiments\/?$/.test(path)) return { page: 'experiments' }
  return path === '/' || path === '' ? { page: 'home' } : { page: 'nowhere' }
}

/** The saved view that an address is the link to: `/experiments/3/views/12`, or `?view=12`. */
const viewIn = (path: string, query: URLSearchParams): string => /^\/experiments\/[^/]+\/views\/(\d+)/.exec(path)?.[1] ?? /^\d+$/.exec(query.get('view') ?? '')?.[0] ?? ''

/** What is no percent-encoding stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

const listOf = (text: string | null): string[] => [...new Set((text ?? '').split(',').filter((one) => one !== ''))]
const decodedPath = (path: string | undefined): string => (path ?? '').split('/').map(decoded).filter((part) => part !== '').join('/')
const encodedPath = (path: string): string => path.split('/').map(encodeURIComponent).join('/')
const below = (base: string, path: string, line: number | undefined): string => `${base}/artifacts${path === '' ? '' : `/${encodedPath(path)}`}${line === undefined ? '' : `?line=${line}`}`

export const href = {
  home: (): string => `${prefix}/`,
  experiments: (find = ''): string => `${prefix}/experiments${find === '' ? '' : `?${new URLSearchParams({ q: find }).toString()}`}`,
  experiment: (id: string, query: { filter?: string; order?: string; charts?: boolean } = {}): string => {
    const search = new URLSearchParams({
      ...(query.filter && { q: query.filter }), ...(query.order && { sort: query.order }), ...(query.charts && { view: 'charts' }),
    }).toString()
    return `${prefix}/experiments/${encodeURIComponent(id)}${search === '' ? '' : `?${search}`}`
  },
  /** Runs of several experiments that a filter finds, archived or not, as a table. */
  runs: (experiments: readonly string[], filter: string): string => `${prefix}/experiments/${experiments.map(encodeURIComponent).join(',')}?${new URLSearchParams({ view: 'table', q: filter, tree: '0', show: 'archived' }).toString()}`,
  view: (experiment: string, id: string): string => `${prefix}/experiments/${encodeURIComponent(experiment)}/views/${encodeURIComponent(id)}`,
  run: (id: string, tab = ''): string => `${prefix}/runs/${encodeURIComponent(id)}${tab === '' ? '' : `/${tab}`}`,
  artifact: (run: string, path: string, line?: number): string => below(href.run(run), path, line),
  loggedModel: (id: string): string => `${prefix}/logged-models/${encodeURIComponent(id)}`,
  loggedModelArtifact: (id: string, path: string, line?: number): string => below(href.loggedModel(id), path, line),
  models: (find = ''): string => `${prefix}/models${find === '' ? '' : `?${new URLSearchParams({ q: find }).toString()}`}`,
  model: (name: string, compare: readonly string[] = []): string => `${prefix}/models/${encodeURIComponent(name)}${compare.length === 0 ? '' : `?compare=${compare.map(encodeURIComponent).join(',')}`}`,
  version: (name: string, version: string): string => `${href.model(name)}/versions/${encodeURIComponent(version)}`,
  versionArtifact: (name: string, version: string, path: string, line?: number): string => below(href.version(name, version), path, line),
  mentions: (): string => `${prefix}/mentions`,
  endpoints: (): string => `${prefix}/endpoints`,
  endpoint: (name: string): string => `${prefix}/endpoints/${encodeURIComponent(name)}`,
  compare: (runs: readonly string[], options: { all?: boolean; file?: string; pair?: readonly string[] } = {}): string =>
    `${prefix}/compare?runs=${runs.map(encodeURIComponent).join(',')}${options.all === true ? '&all=1' : ''}${options.file ? `&file=${encodeURIComponent(options.file)}` : ''}${options.pair === undefined || options.pair.length < 2 ? '' : `&pair=${options.pair.map(encodeURIComponent).join(',')}`}`,
}

const changed = 'cairn:place'

/** Steps of this page in the browser's history: those that lie before an entry stand in its state. */
const stepsHere = (): number => Number((history.state as { steps?: number } | null)?.steps ?? 0)
/** The last of them that can be gone forward to, and the page that they are of. */
let furthest = { path: '', steps: 0 }
let lastStep = 0
let lastChange = ''
/** Changes of the same keys that follow each other so quickly are one step: a slider that is drawn, a word that is typed. */
const oneStepMs = 700

/** The keys of the query in which two addresses differ. */
function keysChanged(from: URLSearchParams, to: URLSearchParams): string {
  const names = [...new Set([...from.keys(), ...to.keys()])]
  return names.filter((name) => from.getAll(name).join('\n') !== to.getAll(name).join('\n')).toSorted().join(' ')
}

/** `step` is a change of the same page that can be undone; many in a row are one. */
export function go(url: string, how: 'push' | 'replace' | 'step' = 'push'): void {
  const to = new URL(url, location.href)
  const samePage = to.pathname === location.pathname
  if (!samePage && isEmbedded()) return void open(to, '_blank', 'noopener')
  const now = performance.now()
  const change = how === 'step' ? keysChanged(new URLSearchParams(location.search), to.searchParams) : ''
  const push = how === 'push' || (how === 'step' && (now - lastStep > oneStepMs || stepsHere() === 0 || change !== lastChange))
  if (how === 'step') [lastStep, lastChange] = [now, change]
  if (push) {
    const steps = samePage ? stepsHere() + 1 : 0
    history.pushState({ steps, entry: newEntry() }, '', url)
    furthest = { path: to.pathname, steps }
  } else history.replaceState(samePage ? history.state : { entry: newEntry() }, '', url)
  dispatchEvent(new Event(changed))
}

/** Goes back to what the page showed before, as far as it is the same page. */
export function undo(): void {
  const { path } = furthest
  if (path !== location.pathname) furthest = { path: location.pathname, steps: stepsHere() }
  lastStep = 0
  if (stepsHere() > 0) history.back()
}

export function redo(): void {
  lastStep = 0
  if (furthest.path === location.pathname && stepsHere() < furthest.steps) history.forward()
}

export function usePlace(): Place {
  const [place, setPlace] = useState(() => parsePlace(location))
  useEffect(() => {
    // Most of what an address says its page reads for itself: the frame is drawn again only for another place.
    const update = (): void => setPlace((old) => {
      const next = parsePlace(location)
      return JSON.stringify(next) === JSON.stringify(old) ? old : next
    })
    const follow = (event: MouseEvent): void => {
      const link = (event.target as Element | null)?.closest('a')
      if (!link || link.origin !== location.origin || link.target !== '' || link.hasAttribute('download') || link.dataset['plain'] !== undefined) return
      if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
      // In another page there is no room for the way to elsewhere.
      if (isEmbedded() && link.pathname !== location.pathname) {
        link.target = '_blank'
        link.rel = 'noopener'
        return
      }
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

/** The query of the address, as it changes. */
export const usePlaceQuery = (): string => useSyncExternalStore(watchPlace, () => location.search)

function watchPlace(listener: () => void): () => void {
  addEventListener('popstate', listener)
  addEventListener(changed, listener)
  return () => {
    removeEventListener('popstate', listener)
    removeEventListener(changed, listener)
  }
}
