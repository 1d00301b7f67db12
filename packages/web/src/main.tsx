import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { readEmbed } from './app/embed.ts'
import { readLink } from './app/entries.ts'
import { App, loadPage } from './app/app.tsx'
import { readEarly } from './app/readings.ts'
import { parsePlace } from './app/router.ts'
import { live } from './app/server.ts'
import { openWorkspace } from './features/runs/opening.ts'
import { openRun } from './features/runs/run-opening.ts'
import { fetchOverSoon } from './ui/over.ts'
import './ui/tokens.css'
import './ui/components.css'
import './ui/app.css'

/** Asks for the place's data and code, and draws it. */
function start(): void {
  readEmbed()
  readLink()
  fetchOverSoon()
  const place = parsePlace(location)
  const isWorkspace = place.page === 'experiment' && place.view === ''
  // Its one answer says where the stream begins; it is released when the page is there.
  if (isWorkspace) live.hold()
  const opening = isWorkspace ? openWorkspace(place.ids, location.search) : place.page === 'run' ? openRun(place.id, place.tab, location.search) : readEarly(place)
  /** Who waits longer sees the frame meanwhile. */
  const opened = opening !== undefined && Promise.race([opening, new Promise((resolve) => setTimeout(resolve, 300))])
  // The page's code was asked for together with this: drawn once with what it shows, not first without it.
  void Promise.all([loadPage(place), opened]).then(() => createRoot(document.getElementById('root')!).render(<StrictMode><App /></StrictMode>))
}

// Not as part of the file: developer tools, when open, read all of it again to say which line of it made a request (27 ms).
queueMicrotask(start)
