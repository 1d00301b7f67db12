import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo, useState, type ReactNode } from 'react'
import { client } from '../../../app/server.ts'
import { Button } from '../../../ui/button.tsx'
import { Combobox } from '../../../ui/combobox.tsx'
import { Popover } from '../../../ui/dialog.tsx'
import { SearchField, Select } from '../../../ui/field.tsx'
import { Icon } from '../../../ui/icon.tsx'
import { columnId, type Column, type Keys } from '../columns.ts'
import { keyProposals, kindOf, operatorProposals, plainKey } from './complete.ts'
import { addedClause, clauseOf, facetsOf, hasClause, quoted, toggledClause, withoutClause, withoutKey } from './facets.ts'
import type { Which } from './row-store.ts'
import { words } from './words.ts'

export interface FilterBuilderProps {
  readonly which: Which
  readonly filter: string
  readonly keys: Keys
  onFilter(filter: string): void
}

/** A filter without its grammar: conditions put together by choosing, and values with how many runs have them. */
export function FilterBuilder(props: FilterBuilderProps): ReactNode {
  return (
    <Popover label={words.build} wide placement="bottom-end" button={<Button icon="filter" aria-label={words.build}>{words.buildShort}</Button>}>
      <div className="builder">
        <Condition {...props} />
        <Facets {...props} />
      </div>
    </Popover>
  )
}

function Condition({ which, filter, keys, onFilter }: FilterBuilderProps): ReactNode {
  const [name, setName] = useState('')
  const [operator, setOperator] = useState('=')
  const [value, setValue] = useState('')
  const kind = kindOf(name)
  const operators = useMemo(() => operatorProposals({ what: 'operator', from: 0, key: name }).map(({ text }) => text.trim()), [name])
  const chosen = operators.includes(operator) ? operator : operators[0]!
  const bare = chosen.startsWith('IS')
  const numeric = kind === 'metric' || /(?:start|end)_time$/.test(name)
  const values = useQuery({
    queryKey: ['values', which.experiment_ids, kind, plainKey(name), value], enabled: (kind === 'param' || kind === 'tag') && name.includes('.'), placeholderData: keepPreviousData, staleTime: 10_000,
    queryFn: ({ signal }) => client.runs.values({ experiment_ids: [...which.experiment_ids], kind: kind as 'param' | 'tag', key: plainKey(name), prefix: value, max_results: 8 }, { signal }),
  })
  const text = numeric ? (value.trim() !== '' && Number.isFinite(Number(value)) ? value.trim() : undefined) : quoted(value)
  const clause = name.trim() === '' || (!bare && text === undefined) ? undefined : `${name.trim()} ${chosen}${bare ? '' : ` ${text}`}`
  return (
    <form className="builder-row" aria-label={words.condition} onSubmit={(event) => {
      event.preventDefault()
      if (clause === undefined) return
      onFilter(addedClause(filter, clause))
      setValue('')
    }}>
      <Combobox label={words.builtKey} placeholder="metrics.auc" mono value={name} onChange={setName} onTake={(taken) => setName(taken.trim())}
        options={keyProposals(keys, { what: 'key', from: 0, typed: name }).filter(({ text: one }) => one.trim() !== name).map(({ text: one, note }) => ({ value: one.trim(), note }))} />
      <Select label={words.operator} showLabel={false} value={chosen} options={operators.map((one) => [one, one] as const)} onChange={setOperator} />
      {!bare && (numeric
        ? <input className="field" type="text" inputMode="decimal" aria-label={words.value} placeholder="0.8" value={value} onChange={(event) => setValue(event.target.value)} />
        : <Combobox label={words.value} placeholder={words.value} value={value} onChange={setValue} onTake={setValue} options={(values.data ?? []).filter((one) => one !== value).map((one) => ({ value: one }))} />)}
      <Button type="submit" kind="primary" disabled={clause === undefined}>{words.add}</Button>
    </form>
  )
}

const few = 8
const statuses = ['RUNNING', 'FINISHED', 'FAILED', 'KILLED', 'SCHEDULED'] as const
const byStatus = 'status'

function Facets({ which, filter, keys, onFilter }: FilterBuilderProps): ReactNode {
  const [find, setFind] = useState('')
  const [open, setOpen] = useState(byStatus)
  const all = useMemo(() => facetsOf(keys), [keys])
  const found = all.filter(({ key }) => key.toLowerCase().includes(find.trim().toLowerCase()))
  const head = (id: string, label: string, kind: string): ReactNode => (
    <button type="button" className="facet-head" aria-expanded={open === id} onClick={() => setOpen(open === id ? '' : id)}><Icon name={open === id ? 'down' : 'right'} /><span>{label}</span><span className="soft">{kind}</span></button>
  )
  return (
    <div className="facets" role="group" aria-label={words.facets}>
      {all.length > few && <SearchField label={words.findFacets} placeholder={words.findFacets} value={find} onChange={setFind} />}
      {find === '' && <div className="facet">{head(byStatus, 'status', '')}{open === byStatus && <StatusValues which={which} filter={filter} onFilter={onFilter} />}</div>}
      {found.slice(0, find === '' ? few : 30).map((column) => {
        const id = columnId(column)
        return <div key={id} className="facet">{head(id, column.key, column.kind)}{open === id && <Values column={column} which={which} filter={filter} onFilter={onFilter} />}</div>
      })}
      {find === '' && all.length > few && <p className="soft">{words.moreFacets(all.length - few)}</p>}
    </div>
  )
}

type ValuesProps = Omit<FilterBuilderProps, 'keys'>

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
    return clause === undefined ? [] : [{ label: value ?? words.withoutIt, clause, runs }]
  })
  return <Choices rows={rows} filter={filter} onChoose={(clause) => onFilter(toggledClause(filter, column, clause))} more={Math.max(0, (data?.total ?? 0) - rows.length)} />
}

function StatusValues({ which, filter, onFilter }: ValuesProps): ReactNode {
  const others = statuses.reduce((text, one) => withoutClause(text, `attributes.status = '${one}'`), filter)
  const { data, error } = useQuery({
    queryKey: ['facet', under(which, others), byStatus], placeholderData: keepPreviousData, staleTime: 5000,
    queryFn: ({ signal }) => Promise.all(statuses.map(async (one) => {
      const clause = `attributes.status = '${one}'`
      return { label: one.toLowerCase(), clause, runs: (await client.runs.table({ ...under(which, addedClause(others, clause)), max_results: 1 }, { signal })).total ?? 0 }
    })),
  })
  if (error !== null) return <p className="error" role="alert">{error.message}</p>
  return <Choices rows={(data ?? []).filter(({ runs, clause }) => runs > 0 || hasClause(filter, clause))} filter={filter} more={0} onChoose={(clause) => onFilter(hasClause(filter, clause) ? others : addedClause(others, clause))} />
}

interface ChoicesProps {
  readonly rows: readonly { readonly label: string; readonly clause: string; readonly runs: number }[]
  readonly filter: string
  readonly more: number
  onChoose(clause: string): void
}

function Choices({ rows, filter, more, onChoose }: ChoicesProps): ReactNode {
  const most = Math.max(1, ...rows.map(({ runs }) => runs))
  return (
    <ul className="facet-values">
      {rows.map(({ label, clause, runs }) => (
        <li key={clause}>
          <button type="button" aria-pressed={hasClause(filter, clause)} title={clause} onClick={() => onChoose(clause)}>
            <span className="facet-label">{label}</span><span className="facet-bar" style={{ width: `${runs / most * 72}px` }} /><span className="facet-count">{runs.toLocaleString('en')}</span>
          </button>
        </li>
      ))}
      {more > 0 && <li className="soft">{words.moreValues(more)}</li>}
    </ul>
  )
}

