import { QueryClientProvider } from '@tanstack/react-query'
import { lazy, Suspense, type ReactNode } from 'react'
import { ErrorBoundary } from '../features/frame/error-boundary.tsx'
import { OpenView } from '../features/views/open-view.tsx'
import { Frame } from '../features/frame/frame.tsx'
import { words } from '../features/frame/words.ts'
import { Empty } from '../ui/parts.tsx'
import { href, usePlace, type Place } from './router.ts'
import { queries } from './server.ts'
import { useTitle } from './title.ts'

// Each page is a piece of its own, loaded when it is first gone to.
const ComparePage = lazy(async () => ({ default: (await import('../features/compare/compare-page.tsx')).ComparePage }))
const ComponentsPage = lazy(async () => ({ default: (await import('../features/components/components-page.tsx')).ComponentsPage }))
const EndpointPage = lazy(async () => ({ default: (await import('../features/endpoints/endpoint-page.tsx')).EndpointPage }))
const EndpointsPage = lazy(async () => ({ default: (await import('../features/endpoints/endpoints-page.tsx')).EndpointsPage }))
const ExperimentsPage = lazy(async () => ({ default: (await import('../features/experiments/experiments-page.tsx')).ExperimentsPage }))
const HomePage = lazy(async () => ({ default: (await import('../features/home/home-page.tsx')).HomePage }))
const LoggedModelPage = lazy(async () => ({ default: (await import('../features/models/logged-model-page.tsx')).LoggedModelPage }))
const MentionsPage = lazy(async () => ({ default: (await import('../features/comments/mentions-page.tsx')).MentionsPage }))
const ModelPage = lazy(async () => ({ default: (await import('../features/models/model-page.tsx')).ModelPage }))
const ModelsPage = lazy(async () => ({ default: (await import('../features/models/models-page.tsx')).ModelsPage }))
const RunPage = lazy(async () => ({ default: (await import('../features/runs/run-page.tsx')).RunPage }))
const RunsPage = lazy(async () => ({ default: (await import('../features/runs/runs-page.tsx')).RunsPage }))
const VersionPage = lazy(async () => ({ default: (await import('../features/models/version-page.tsx')).VersionPage }))

export function App(): ReactNode {
  const place = usePlace()
  return (
    <QueryClientProvider client={queries}>
      <Frame place={place}>
        <ErrorBoundary key={location.pathname}><Suspense fallback={<p className="soft">{words.loading}</p>}>{screen(place)}</Suspense></ErrorBoundary>
      </Frame>
    </QueryClientProvider>
  )
}

function screen(place: Place): ReactNode {
  switch (place.page) {
    case 'home': return <HomePage />
    case 'experiments': return <ExperimentsPage />
    case 'experiment': return <OpenView key={`${place.ids.join()} ${place.view}`} experiment={place.ids.join()} view={place.view}><RunsPage key={place.ids.join()} ids={place.ids} view={place.shown} /></OpenView>
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
  useTitle('Not found')
  return <><div className="head"><h1>{title}</h1></div><Empty title={text} /><p><a href={href.experiments()}>{back}</a></p></>
}
