import { lazy, Suspense, type ReactNode } from 'react'
import { ExperimentsPage } from '../features/experiments/experiments-page.tsx'
import { RunPage } from '../features/runs/run-page.tsx'
import { RunsPage } from '../features/runs/runs-page.tsx'
import { Empty, Mark } from '../ui/parts.tsx'
import { href, usePlace, type Place } from './router.ts'
import { useTitle } from './title.ts'

const ComparePage = lazy(async () => ({ default: (await import('../features/compare/compare-page.tsx')).ComparePage }))
const LoggedModelPage = lazy(async () => ({ default: (await import('../features/models/logged-model-page.tsx')).LoggedModelPage }))
const ModelPage = lazy(async () => ({ default: (await import('../features/models/model-page.tsx')).ModelPage }))
const ModelsPage = lazy(async () => ({ default: (await import('../features/models/models-page.tsx')).ModelsPage }))
const VersionPage = lazy(async () => ({ default: (await import('../features/models/version-page.tsx')).VersionPage }))

export function App(): ReactNode {
  const place = usePlace()
  return (
    <>
      <a className="skip" href="#main" data-plain="" onClick={(event) => { event.preventDefault(); document.getElementById('main')?.focus() }}>Skip to the content</a>
      <header className="top"><a className="brand" href={href.experiments()}><Mark />Cairn</a><nav className="main-nav" aria-label="Main"><a href={href.experiments()}>Experiments</a><a href={href.models()}>Models</a></nav></header>
      <main id="main" tabIndex={-1}><Suspense fallback={<p className="soft">Loading…</p>}>{screen(place)}</Suspense></main>
    </>
  )
}

function screen(place: Place): ReactNode {
  switch (place.page) {
    case 'experiments': return <ExperimentsPage />
    case 'experiment': return <RunsPage key={place.id} id={place.id} filter={place.filter} order={place.order} charts={place.charts} axis={place.axis === 'time' || place.axis === 'relative' ? place.axis : 'step'} smoothing={place.smoothing} />
    case 'run': return <RunPage key={place.id} id={place.id} tab={place.tab} path={place.path} line={place.line} />
    case 'logged-model': return <LoggedModelPage key={place.id} id={place.id} path={place.path} line={place.line} />
    case 'models': return <ModelsPage find={place.find} />
    case 'model': return <ModelPage key={place.name} name={place.name} compare={place.compare} />
    case 'version': return <VersionPage key={`${place.name} ${place.version}`} name={place.name} version={place.version} path={place.path} line={place.line} />
    case 'compare': return <ComparePage runs={place.runs} all={place.all} file={place.file} />
    case 'nowhere': return <Nowhere />
  }
}

function Nowhere(): ReactNode {
  useTitle('Not found')
  return <><div className="head"><h1>Nothing here</h1></div><Empty title="No page has this address." /><p><a href={href.experiments()}>All experiments</a></p></>
}
