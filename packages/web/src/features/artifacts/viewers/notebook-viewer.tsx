import { useCallback, useMemo, type ReactNode } from 'react'
import { highlight } from '../decode/highlight.ts'
import { parseNotebook, type NotebookOutput } from '../decode/notebook.ts'
import { wantsPlotly, withPlotly } from '../decode/plotly.ts'
import { readWhole } from '../decode/table.ts'
import { beside, folderOf } from '../shelf.ts'
import { useAsync } from '../use-async.ts'
import { Markdown } from './markdown.tsx'
import { PlotlyFigure } from './plotly-figure.tsx'
import { plotlyLibrary } from './plotly-library.ts'
import { Problem, Waiting } from './problem.tsx'
import { SandboxFrame } from './sandbox-frame.tsx'
import { tokenOf } from './code.tsx'
import type { ViewerProps } from './viewer.ts'
import { words } from '../words.ts'

export function NotebookViewer({ shelf, file, hrefOf }: ViewerProps): ReactNode {
  const { value, error } = useAsync(`${shelf.key} ${file.name} ${file.size}`, async () => parseNotebook(new TextDecoder().decode(await readWhole(file, 64 * 2 ** 20))))
  const resolve = useCallback((path: string) => shelf.url(beside(folderOf(file.name), path)), [shelf, file.name])
  const open = useCallback((path: string) => hrefOf(beside(folderOf(file.name), path)), [shelf, file.name])
  if (error !== undefined) return <Problem error={error} url={shelf.url(file.name)} />
  if (value === undefined) return <Waiting />
  return (
    <div className="notebook" tabIndex={0} role="region" aria-label={words.notebook(file.name)}>
      {value.cells.length === 0 && <p className="viewer-note">{words.thisNotebookHasNoCells}</p>}
      {value.cells.map((cell, index) => (
        <div key={index} className="cell" data-kind={cell.kind}>
          {cell.kind === 'markdown' && <Markdown text={cell.source} resolve={resolve} open={open} />}
          {cell.kind === 'raw' && <pre tabIndex={0}>{cell.source}</pre>}
          {cell.kind === 'code' && <><span className="cell-count" aria-label={cell.count === undefined ? words.notRun : words.run(cell.count)}>[{cell.count ?? ' '}]</span><Source text={cell.source} language={value.language} /></>}
          {cell.outputs.map((output, at) => <Output key={at} output={output} name={words.outputOfCell(at + 1, index + 1)} />)}
        </div>
      ))}
    </div>
  )
}

function Source({ text, language }: { text: string; language: string }): ReactNode {
  const lines = useMemo(() => highlight(text, /^(?:ipython|python)/.test(language) ? 'python' : language.toLowerCase()), [text, language])
  return <pre className="cell-source" tabIndex={0}><code>{lines.map((tokens, index) => <span key={index}>{tokens.map(tokenOf)}{'\n'}</span>)}</code></pre>
}

function Output({ output, name }: { output: NotebookOutput; name: string }): ReactNode {
  switch (output.kind) {
    case 'image': return <img className="cell-image" src={output.url} alt={name} />
    case 'html': return wantsPlotly(output.html) ? <WithPlotly html={output.html} title={name} /> : <SandboxFrame title={name} html={output.html} fit={600} />
    case 'markdown': return <div className="cell-markdown"><Markdown text={output.text} /></div>
    case 'plotly': return <div className="cell-figure"><PlotlyFigure figure={output.figure} title={name} /></div>
    default: return <pre className="cell-output" data-kind={output.kind} tabIndex={0}>{output.text}</pre>
  }
}

/** A figure that wants Plotly from the network, as Plotly's own notebook renderers leave it. */
function WithPlotly({ html, title }: { html: string; title: string }): ReactNode {
  const { value, error } = useAsync(html, async () => withPlotly(html, await plotlyLibrary()))
  if (error !== undefined) return <p className="error" role="alert">{error}</p>
  return value === undefined ? <Waiting /> : <SandboxFrame title={title} html={value} fit={600} />
}
