import { useMemo, useState, type ReactNode } from 'react'
import { count } from '../../../ui/format.ts'
import { isPlotly } from '../decode/plotly.ts'
import { jsonTable, parseJson } from '../decode/json.ts'
import { readWhole } from '../decode/table.ts'
import { textOf } from '../decode/text.ts'
import { baseName } from '../shelf.ts'
import { useAsync } from '../use-async.ts'
import { PlotlyFigure } from './plotly-figure.tsx'
import { Waiting } from './problem.tsx'
import { TableView } from './table-view.tsx'
import { TextViewer } from './text-viewer.tsx'
import type { ViewerProps } from './viewer.ts'
import { words } from '../words.ts'

type Mode = 'figure' | 'table' | 'tree' | 'text'
const names: Record<Mode, string> = { figure: words.figure, table: words.table, tree: words.tree, text: words.text }

/** JSON as a tree; as a table or a figure where it is one. What cannot be parsed is shown as text. */
export function JsonViewer(props: ViewerProps): ReactNode {
  const { shelf, file, line } = props
  const [chosen, setChosen] = useState<Mode>()
  const { value, error } = useAsync(`${shelf.key} ${file.name} ${file.size}`, async () => {
    const text = textOf(await readWhole(file, 32 * 2 ** 20))
    const data = parseJson(text)
    return { text, data, table: jsonTable(data), figure: isPlotly(data) }
  })
  if (error !== undefined) return <><p className="viewer-note" role="alert">{words.shownAsText(error)}</p><TextViewer {...props} /></>
  if (value === undefined) return <Waiting />
  const modes: Mode[] = [...(value.figure ? ['figure'] as const : []), ...(value.table !== undefined ? ['table'] as const : []), 'tree', 'text']
  const mode = chosen ?? (line !== undefined ? 'text' : modes[0]!)
  return (
    <>
      <div className="viewer-bar" role="group" aria-label={words.shownAs}>{modes.map((one) => <button key={one} type="button" className="button" aria-pressed={one === mode} onClick={() => setChosen(one)}>{names[one]}</button>)}</div>
      {mode === 'figure' && <PlotlyFigure figure={value.text} title={words.figureOfName(baseName(file.name))} />}
      {mode === 'table' && <TableView table={value.table!} label={words.rowsOf(file.name)} />}
      {mode === 'tree' && <div className="json-tree" tabIndex={0} role="region" aria-label={words.treeOf(baseName(file.name))}><JsonNode name={undefined} value={value.data} open depth={0} /></div>}
      {mode === 'text' && <TextViewer {...props} />}
    </>
  )
}

const page = 100

function JsonNode({ name, value, open: opened, depth }: { name: string | undefined; value: unknown; open: boolean; depth: number }): ReactNode {
  const [open, setOpen] = useState(opened)
  const [shown, setShown] = useState(page)
  const children = useMemo(() => (typeof value !== 'object' || value === null ? undefined : Object.entries(value)), [value])
  const label = name === undefined ? null : <span className="tok-key">{name}: </span>
  if (children === undefined) return <div className="json-leaf">{label}<span className={kindOf(value)}>{typeof value === 'bigint' || typeof value === 'number' ? String(value) : JSON.stringify(value)}</span></div>
  const isList = Array.isArray(value)
  const summary = isList ? count(children.length, 'item') : count(children.length, 'key')
  return (
    <div className="json-node">
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}><span className="json-mark" aria-hidden="true">{open ? '▾' : '▸'}</span>{label}<span className="soft">{isList ? '[' : '{'} {summary} {isList ? ']' : '}'}</span></button>
      {open && (
        <div className="json-children">
          {children.slice(0, shown).map(([key, inner]) => <JsonNode key={key} name={key} value={inner} open={depth < 1 && children.length <= 50} depth={depth + 1} />)}
          {children.length > shown && <button type="button" className="link" onClick={() => setShown(shown + 10 * page)}>{words.showMoreOf(summary)}</button>}
        </div>
      )}
    </div>
  )
}

const kindOf = (value: unknown): string => (typeof value === 'string' ? 'tok-string' : typeof value === 'number' || typeof value === 'bigint' ? 'tok-number' : 'tok-keyword')
