import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo, useState, type ReactNode } from 'react'
import { client } from '../../../app/server.ts'
import { SearchField } from '../../../ui/field.tsx'
import { grouped, metric } from '../../../ui/format.ts'
import { Icon } from '../../../ui/icon.tsx'
import { columnId, type Column, type Keys } from '../columns.ts'
import { addedClause, clauseOf, facetsOf, hasClause, rangeClauses, rangedMetrics, toggledClause, toggledClauses, withoutClause, withoutKey } from './facets.ts'
import type { Which } from './row-store.ts'
import { words } from './words.ts'

export interface FacetsProps {
  readonly which: Which
  readonly filter: string
  readonly keys: Keys
  onFilter(filter: string): void
}

const few = 8
const fewMetrics = 3
/** Of those that are looked for. */
const most = 30
const statuses = ['RUNNING', 'FINISHED', 'FAILED', 'KILLED', 'SCHEDULED'] as const
const byStatus = 'status'

/** Values with how many runs have them, and ranges of metrics. */
export function Facets({ which, filter, keys, onFilter }: FacetsProps): ReactNode {
  const [find, setFind] = useState('')
  const [open, setOpen] = useState(byStatus)
  const texts = useMemo(() => facetsOf(keys), [keys])
  const metrics = useMemo(() => rangedMetrics(keys), [keys])
  const all = [...texts, ...metrics]
  const found = find === '' ? [...metrics.slice(0, fewMetrics), ...texts.slice(0, few)] : all.filter(({ key }) => key.toLowerCase().includes(find.trim().toLowerCase())).slice(0, most)
  const head = (id: string, label: string, kind: string): ReactNode => (
    <button type="button" className="facet-head" aria-expanded={open === id} onClick={() => setOpen(open === id ? '' : id)}><Icon name={open === id ? 'down' : 'right'} /><span>{label}</span><span className="soft">{kind}</span></button>
  )
  return (
    <div className="facets" role="group" aria-label={words.facets}>
      {all.length > few + fewMetrics && <SearchField label={words.findFacets} placeholder={words.findFacets} value={find} onChange={setFind} />}
      {find === '' && <div className="facet">{head(byStatus, 'status', '')}{open === byStatus && <StatusValues which={which} filter={filter} onFilter={onFilter} />}</div>}
      {found.map((column) => {
        const id = columnId(column)
        return <div key={id} className="facet">{head(id, column.key, column.kind)}{open === id && (column.kind === 'metric' ? <Ranges {...{ column, which, filter, onFilter }} /> : <Values {...{ column, which, filter, onFilter }} />)}</div>
      })}
      {find === '' && all.length > found.length && <p className="soft">{words.moreFacets(all.length - found.length)}</p>}
    </div>
  )
}

type ValuesProps = Omit<FacetsProps, 'keys'>

/** Which runs, under another filter. */
const under = ({ filter: _old, order_by: _order, ...rest }: Which, filter: string): Which => ({ ...rest, ...(filter !== '' && { filter }) })

function Values({ column, which, filter, onFilter }: ValuesProps & { column: Column }): ReactNode {
  const others = withoutKey(filter, column)
  const { data, error } = useQuery({
    queryKey: ['facet', under(which, others), columnId(column)], placeholderData: keepPreviousData, staleTime: 5000,
    queryFn: ({ signal }) => client.runs.groups({ ...under(which, others), by: { kind: column.kind as 'param' | 'tag', key: column.key } }, { signal }),
  })
  if (error !== null) return <p className="error" role="alert">{error.message}</p>
  const rows = (data?.groups ?? []).slice(0, 20).flatMap(({ value, runs }) => {
    const clause = clauseOf(column, value ?? null)
    return clause === undefined ? [] : [{ label: value ?? words.withoutIt, clauses: [clause], runs }]
  })
  return <Choices rows={rows} filter={filter} onChoose={([clause]) => onFilter(toggledClause(filter, column, clause!))} more={Math.max(0, (data?.total ?? 0) - rows.length)} />
}

/** A metric by ranges of its values; a run lies in a range from its bound on, up to but not including the next. */
function Ranges({ column, which, filter, onFilter }: ValuesProps & { column: Column }): ReactNode {
  const others = withoutKey(filter, column)
  const { data, error } = useQuery({
    queryKey: ['facet', under(which, others), columnId(column)], placeholderData: keepPreviousData, staleTime: 5000,
    queryFn: ({ signal }) => client.runs.ranges({ ...under(which, others), key: column.key }, { signal }),
  })
  if (error !== null) return <p className="error" role="alert">{error.message}</p>
  const rows = (data?.ranges ?? []).map(({ from, to, runs }) => ({ label: words.range(metric(from), metric(to)), clauses: rangeClauses(column, from, to), runs })).filter(({ runs, clauses }) => runs > 0 || clauses.every((one) => hasClause(filter, one)))
  return <>
    <Choices rows={rows} filter={filter} more={0} onChoose={(clauses) => onFilter(toggledClauses(filter, column, clauses))} />
    {(data?.without ?? 0) > 0 && <p className="soft facet-without">{words.withoutValue(data!.without)}</p>}
  </>
}

function StatusValues({ which, filter, onFilter }: ValuesProps): ReactNode {
  const others = statuses.reduce((text, one) => withoutClause(text, `attributes.status = '${one}'`), filter)
  const { data, error } = useQuery({
    queryKey: ['facet', under(which, others), byStatus], placeholderData: keepPreviousData, staleTime: 5000,
    queryFn: ({ signal }) => Promise.all(statuses.map(async (one) => {
      const clause = `attributes.status = '${one}'`
      return { label: one.toLowerCase(), clauses: [clause], runs: (await client.runs.table({ ...under(which, addedClause(others, clause)), max_results: 1 }, { signal })).total ?? 0 }
    })),
  })
  if (error !== null) return <p className="error" role="alert">{error.message}</p>
  return <Choices rows={(data ?? []).filter(({ runs, clauses }) => runs > 0 || hasClause(filter, clauses[0]!))} filter={filter} more={0} onChoose={([clause]) => onFilter(hasClause(filter, clause!) ? others : addedClause(others, clause!))} />
}

interface ChoicesProps {
  readonly rows: readonly { readonly label: string; readonly clauses: readonly string[]; readonly runs: number }[]
  readonly filter: string
  readonly more: number
  onChoose(clauses: readonly string[]): void
}

function Choices({ rows, filter, more, onChoose }: ChoicesProps): ReactNode {
  const most = Math.max(1, ...rows.map(({ runs }) => runs))
  return (
    <ul className="facet-values">
      {rows.map(({ label, clauses, runs }) => (
        <li key={clauses.join()}>
          <button type="button" aria-pressed={clauses.every((clause) => hasClause(filter, clause))} title={clauses.join(' and ')} onClick={() => onChoose(clauses)}>
            <span className="facet-label">{label}</span><span className="facet-bar" style={{ width: `${runs / most * 72}px` }} /><span className="facet-count">{grouped(runs)}</span>
          </button>
        </li>
      ))}
      {more > 0 && <li className="soft">{words.moreValues(more)}</li>}
    </ul>
  )
}

