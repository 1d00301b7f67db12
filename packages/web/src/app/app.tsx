import { QueryClientProvider } from '@tanstack/react-query'
import type { ComponentType, ReactNode } from 'react'
import { ErrorBoundary } from '../features/frame/error-boundary.tsx'
import { Frame } from '../features/frame/frame.tsx'
import { words } from '../features/frame/words.ts'
import { Empty } from '../ui/parts.tsx'
import { useKeptWindowScroll } from './entries.ts'
import { lazyPart, type LazyPart } from '../ui/lazy-part.tsx'
import { href, usePlace, type Place } from './router.ts'
import { queries } from './server.ts'
import { useTitle } from './title.ts'

/** Each page is a piece of its own, loaded when it is first gone to. */
const page = <P extends object>(load: () => Promise<ComponentType<P>>): LazyPart<P> => lazyPart(load, () => <p className="soft">{words.loading}</p>)

const ComparePage = page(async () => (await import('../features/compare/compare-page.tsx')).ComparePage)
const ComponentsPage = page(async () => (await import('../features/components/components-page.tsx')).ComponentsPage)
const EndpointPage = page(async () => (await import('../features/endpoints/endpoint-page.tsx')).EndpointPage)
const EndpointsPage = page(async () => (await import('../features/endpoints/endpoints-page.tsx')).EndpointsPage)
const ExperimentsPage = page(async () => (await import('../features/experiments/experiments-page.tsx')).ExperimentsPage)
const HomePage = page(async () => (await import('../features/home/home-page.tsx')).HomePage)
const LoggedModelPage = page(async () => (await import('../features/models/logged-model-page.tsx')).LoggedModelPage)
const MentionsPage = page(async () => (await import('../features/comments/mentions-page.tsx')).MentionsPage)
const ModelPage = page(async () => (await import('../features/models/model-page.tsx')).ModelPage)
const ModelsPage = page(async () => (await import('../features/models/models-page.tsx')).ModelsPage)
const RunPage = page(async () => (await import('../features/runs/run-page.tsx')).RunPage)
const VersionPage = page(async () => (await import('../features/models/version-page.tsx')).VersionPage)
const Workspace = page(async () => (await import('../features/runs/workspace.tsx')).Workspace)

const pages: Partial<Record<Place['page'], LazyPart<never>>> = {
  compare: ComparePage, components: ComponentsPage, endpoint: EndpointPage, endpoints: EndpointsPage, experiment: Workspace, experiments: ExperimentsPage, home: HomePage,
  'logged-model': LoggedModelPage, mentions: MentionsPage, model: ModelPage, models: ModelsPage, run: RunPage, version: VersionPage,
}

/** Fetches the code of a page; where that fails the page says so when it is drawn. */
export const loadPage = async ({ page }: Place): Promise<unknown> => pages[page]?.load().catch(() => undefined)

export function App(): ReactNode {
  const place = usePlace()
  useKeptWindowScroll()
  return (
    <QueryClientProvider client={queries}>
      <Frame place={place}>
        <ErrorBoundary key={location.pathname}>{screen(place)}</ErrorBoundary>
      </Frame>
    </QueryClientProvider>
  )
}

function screen(place: Place): ReactNode {
  switch (place.page) {
    case 'home': return <HomePage />
    case 'experiments': return <ExperimentsPage />
    case 'experiment': return <Workspace key={`${place.ids.join()} ${place.view}`} place={place} />
    case 'run': return <RunPage key={place.id} id={place.id} tab={place.tab} path={place.path} line={place.line} />
    case 'logged-model': return <LoggedModelPage key={place.id} id={place.id} path={place.path} line={place.line} />
    case 'models': return <ModelsPage find={place.find} />
    case 'model': return <ModelPage key={place.name} name={place.name} compare={place.compare} />
    case 'version': return <VersionPage key={`${place.name} ${place.version}`} name={place.name} version={place.version} path={place.path} line={place.line} />
    case 'compare': return <ComparePage runs={place.runs} all={place.all} file={place.file} pair={place.pair} />
    case 'mentions': return <MentionsPage />
    case 'endpoints': return <EndpointsPage />
    case 'endpoint': return <EndpointPage key={place.name} name={place.name} />
    case 'components': return <ComponentsPage />
    case 'nowhere': return <Nowhere />
  }
}

function Nowhere(): ReactNode {
  const { title, text, back } = words.nowhere
  useTitle(words.nowhere.page)
  return <><div className="head"><h1>{title}</h1></div><Empty title={text} /><p><a href={href.experiments()}>{back}</a></p></>
}
