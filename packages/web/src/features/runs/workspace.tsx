import type { ReactNode } from 'react'
import type { Place } from '../../app/router.ts'
import { OpenView } from '../views/open-view.tsx'
import { RunsPage } from './runs-page.tsx'

/** The runs of experiments, as the address or the view that opens with them says. */
export const Workspace = ({ place: { ids, view, shown } }: { place: Extract<Place, { page: 'experiment' }> }): ReactNode =>
  <OpenView experiment={ids.join()} view={view}><RunsPage ids={ids} view={shown} /></OpenView>
