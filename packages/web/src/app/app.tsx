import type { ReactNode } from 'react'
import { ExperimentsPage } from '../features/experiments/experiments-page.tsx'
import { RunPage } from '../features/runs/run-page.tsx'
import { RunsPage } from '../features/runs/runs-page.tsx'
import { Empty, Mark } from '../ui/parts.tsx'
import { href, usePlace, type Place } from './router.ts'
import { useTitle } from './title.ts'

export function App(): ReactNode {
  const place = usePlace()
  return (
    <>
      <a className="skip" href="#main" data-plain="" onClick={(event) => { event.preventDefault(); document.getElementById('main')?.focus() }}>Skip to the content</a>
      <header className="top"><a className="brand" href={href.experiments()}><Mark />Cairn</a></header>
      <main id="main" tabIndex={-1}>{screen(place)}</main>
    </>
  )
}

function screen(place: Place): ReactNode {
  switch (place.page) {
    case 'experiments': return <ExperimentsPage />
    case 'experiment': return <RunsPage key={place.id} id={place.id} filter={place.filter} order={place.order} />
    case 'run': return <RunPage key={place.id} id={place.id} />
    case 'nowhere': return <Nowhere />
  }
}

function Nowhere(): ReactNode {
  useTitle('Not found')
  return <><div className="head"><h1>Nothing here</h1></div><Empty title="No page has this address." /><p><a href={href.experiments()}>All experiments</a></p></>
}
