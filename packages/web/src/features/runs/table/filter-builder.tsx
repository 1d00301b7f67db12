import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useMemo, useState, type ReactNode } from 'react'
import { client } from '../../../app/server.ts'
import { Button } from '../../../ui/button.tsx'
import { Combobox } from '../../../ui/over.ts'
import { Popover } from '../../../ui/popover.tsx'
import { Select } from '../../../ui/field.tsx'
import { keyProposals, kindOf, operatorProposals, plainKey } from './complete.ts'
import { Facets, type FacetsProps as FilterBuilderProps } from './facets-list.tsx'
import { addedClause, quoted, written } from './facets.ts'
import { words } from './words.ts'

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
  const text = numeric ? (value.trim() !== '' && Number.isFinite(Number(value)) ? written(Number(value)) : undefined) : quoted(value)
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
