import { useEffect, useState, type ReactNode } from 'react'
import { useQuery } from '@tanstack/react-query'
import { go, href } from '../../app/router.ts'
import { client } from '../../app/server.ts'
import { useDisplayName } from '../../app/who.ts'
import { Failure } from '../../ui/parts.tsx'
import { viewsOf } from './use-views.ts'
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
  if (view !== '') return <Named experiment={experiment} view={view} />
  return bare ? <Bare experiment={experiment}>{children}</Bare> : children
}

function Named({ experiment, view }: { experiment: string; view: string }): ReactNode {
  const { data, error } = useQuery({ queryKey: ['view', view], queryFn: ({ signal }) => client.views.get(view, { signal }), staleTime: 0, gcTime: 0 })
  useEffect(() => { if (data !== undefined) go(opened(data.experiment_ids.join(','), data), 'replace') }, [data])
  if (error === null) return <p className="soft">{words.loading}</p>
  return <><div className="head"><h1>{words.gone}</h1></div><Failure error={error.message} /><p><a href={`${href.experiment(experiment)}?saved=none`}>{words.all}</a></p></>
}

function Bare({ experiment, children }: { experiment: string; children: ReactNode }): ReactNode {
  const { data, isPending } = useQuery(viewsOf(experiment, useDisplayName()))
  const [settled, setSettled] = useState(false)
  const usual = data?.find(({ is_default }) => is_default)
  useEffect(() => {
    if (isPending || settled) return
    if (usual !== undefined && location.search === '') go(opened(experiment, usual), 'replace')
    setSettled(true)
  }, [isPending, settled])
  return settled ? children : <p className="soft">{words.loading}</p>
}
