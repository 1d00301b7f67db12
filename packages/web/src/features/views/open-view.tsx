import { useEffect, useState, type ReactNode } from 'react'
import type { View } from '@cairn/protocol'
import { useQuery } from '@tanstack/react-query'
import { go, href } from '../../app/router.ts'
import { client, live, queries } from '../../app/server.ts'
import { displayName } from '../../app/who.ts'
import { Failure } from '../../ui/parts.tsx'
import { isAtHand, openWorkspace } from '../runs/opening.ts'
import { viewsKey } from './keys.ts'
import { opened } from './view-state.ts'
import { words } from './words.ts'

export interface OpenViewProps {
  readonly experiment: string
  /** The view that the address names; "" where it names none. */
  readonly view: string
  readonly children: ReactNode
}

/**
 * What stands in the address is what is shown. Where it is only the name of a view, or nothing at all
 * and the experiment has a default, the state of that view is written into it first.
 */
export function OpenView({ experiment, view, children }: OpenViewProps): ReactNode {
  // What is cleared later is no wish for the default.
  const [bare] = useState(() => view === '' && new URLSearchParams(location.search).size === 0)
  return view !== '' ? <Named experiment={experiment} view={view} /> : <Opened experiment={experiment} bare={bare}>{children}</Opened>
}

function Named({ experiment, view }: { experiment: string; view: string }): ReactNode {
  const { data, error } = useQuery({ queryKey: ['view', view], queryFn: ({ signal }) => client.views.get(view, { signal }), staleTime: 0, gcTime: 0 })
  useEffect(() => { if (data !== undefined) go(opened(data.experiment_ids.join(','), data), 'replace') }, [data])
  if (error === null) return <p className="soft">{words.loading}</p>
  return <><div className="head"><h1>{words.gone}</h1></div><Failure error={error.message} /><p><a href={`${href.experiment(experiment)}?saved=none`}>{words.all}</a></p></>
}

/** What was read before is shown at once; else everything that is shown first is read in one request. */
function Opened({ experiment, bare, children }: { experiment: string; bare: boolean; children: ReactNode }): ReactNode {
  const ids = experiment.split(',')
  const usual = (): View | undefined => (bare && location.search === '' ? queries.getQueryData<View[]>(viewsKey(experiment, displayName()))?.find(({ is_default }) => is_default) : undefined)
  const [shown, show] = useState(() => isAtHand(ids) && usual() === undefined)
  useEffect(() => {
    if (shown) return
    let gone = false
    void (async () => {
      await openWorkspace(ids, location.search)
      const view = gone ? undefined : usual()
      if (view !== undefined) {
        go(opened(experiment, view), 'replace')
        await openWorkspace(ids, location.search)
      }
      if (!gone) show(true)
    })()
    return () => { gone = true }
  }, [])
  // After all parts of the page have said what they want to hear.
  useEffect(() => { if (shown) live.release() }, [shown])
  return shown ? children : <p className="soft">{words.loading}</p>
}
