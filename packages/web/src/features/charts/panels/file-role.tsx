import { useMemo, useState, type ReactNode } from 'react'
import { Chip } from '../../../ui/chip.tsx'
import { Combobox } from '../../../ui/over.ts'
import { finder } from '../charts-state.ts'
import type { DrawnRun } from '../drawn-runs.ts'
import { useFilePaths } from '../files/read-files.ts'
import type { RoleSpec } from './panel.ts'
import { words } from './words.ts'

const mostOptions = 60

/** A file of the runs, a word or a text. */
export function FileRole({ spec, value, runs, onChange }: { readonly spec: RoleSpec; readonly value: string; readonly runs: readonly DrawnRun[]; onChange(value: string): void }): ReactNode {
  const optional = spec.needed === true ? '' : <span className="soft"> {words.optional}</span>
  return (
    <div className="role-field">
      <span className="role-name">{spec.label}{optional}</span>
      <div className="role-values">
        {spec.fields === 'files' ? <FileChoice label={spec.label} like={spec.like} value={value} runs={runs} onChange={onChange} />
          : spec.fields === 'text' ? <textarea className="field" rows={6} aria-label={spec.label} value={value} onChange={(event) => onChange(event.target.value)} />
          : <input className="field" aria-label={spec.label} value={value} spellCheck={false} onChange={(event) => onChange(event.target.value)} />}
      </div>
    </div>
  )
}

function FileChoice({ label, like, value, runs, onChange }: { readonly label: string; readonly like: RegExp | undefined; readonly value: string; readonly runs: readonly DrawnRun[]; onChange(value: string): void }): ReactNode {
  const [text, setText] = useState('')
  const paths = useFilePaths(runs)
  const found = useMemo(() => paths.filter(finder(text)).toSorted((a, b) => fit(b, like) - fit(a, like)).slice(0, mostOptions), [paths, text, like])
  if (value !== '') return <Chip name="file" value={value} onRemove={() => onChange('')} />
  return <Combobox label={label} value={text} mono placeholder={words.findAFileEG} options={found.map((path) => ({ value: path }))} onChange={setText} onTake={(path) => { onChange(path); setText('') }} />
}

/** What is likely meant comes first, and of that what has numbers. */
const fit = (path: string, like: RegExp | undefined): number => (like?.test(path) === true ? (/\.(?:json|csv|tsv|parquet|arrow)$/i.test(path) ? 2 : 1) : 0)
