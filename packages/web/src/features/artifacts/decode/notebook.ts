import { Unreadable } from './table.ts'
import { words } from '../words.ts'

export type NotebookOutput =
  | { readonly kind: 'text' | 'error' | 'markdown'; readonly text: string }
  /** A data URL, which shows an image and runs nothing. */
  | { readonly kind: 'image'; readonly url: string }
  /** Foreign markup: only for the sandbox. */
  | { readonly kind: 'html'; readonly html: string }
  | { readonly kind: 'plotly'; readonly figure: string }

export interface NotebookCell {
  readonly kind: 'code' | 'markdown' | 'raw'
  readonly source: string
  readonly count: number | undefined
  readonly outputs: readonly NotebookOutput[]
}

export interface Notebook {
  readonly language: string
  readonly cells: readonly NotebookCell[]
}

type Json = Readonly<Record<string, unknown>>
const object = (value: unknown): Json => (typeof value === 'object' && value !== null ? value as Json : {})
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
/** Text of nbformat: a string, or lines in a list. */
const text = (value: unknown): string => (Array.isArray(value) ? value.join('') : typeof value === 'string' ? value : '')
const plain = (value: unknown): string => text(value).split('\u001b').map((part, index) => (index === 0 ? part : part.replace(/^\[[\d;]*[A-Za-z]/, ''))).join('')

/** A Jupyter notebook, nbformat 3 and 4. */
export function parseNotebook(source: string): Notebook {
  let book: Json
  try {
    book = object(JSON.parse(source))
  } catch (error) {
    throw new Unreadable(words.thisNotebookIsNoJson((error as Error).message))
  }
  const cells = Array.isArray(book['cells']) ? book['cells'] : list(book['worksheets']).flatMap((sheet) => list(object(sheet)['cells']))
  if (cells.length === 0 && !Array.isArray(book['cells'])) throw new Unreadable(words.thisFileHoldsNoNotebook)
  const metadata = object(book['metadata'])
  const language = text(object(metadata['language_info'])['name']) || text(object(metadata['kernelspec'])['language']) || 'python'
  return {
    language,
    cells: cells.map((raw) => {
      const cell = object(raw)
      const kind = cell['cell_type'] === 'markdown' ? 'markdown' : cell['cell_type'] === 'code' ? 'code' : 'raw'
      const count = cell['execution_count'] ?? cell['prompt_number']
      return { kind, source: withAttachments(text(cell['source'] ?? cell['input']), object(cell['attachments'])), count: typeof count === 'number' ? count : undefined, outputs: list(cell['outputs']).flatMap((output) => outputOf(object(output))) }
    }),
  }
}

/** Pictures that a cell holds itself, which its text names `attachment:name`. */
const withAttachments = (source: string, attachments: Json): string => source.replaceAll(/\]\(attachment:([^)\s]+)/g, (whole, name: string) => {
  const [type, data] = Object.entries(object(attachments[name.replaceAll('%20', ' ')])).find(([one]) => one.startsWith('image/')) ?? []
  return type === undefined ? whole : `](data:${type};base64,${text(data).replace(/\s/g, '')}`
})

function outputOf(output: Json): NotebookOutput[] {
  if (output['output_type'] === 'stream') return [{ kind: 'text', text: plain(output['text']).replace(/[^\n]*\r(?!\n)/g, '') }]
  if (output['output_type'] === 'error' || output['output_type'] === 'pyerr') {
    const trace = list(output['traceback']).map(plain).join('\n')
    return [{ kind: 'error', text: trace || `${text(output['ename'])}: ${text(output['evalue'])}` }]
  }
  // nbformat 3 has the data beside the type, under shorter names.
  const data = output['data'] === undefined ? { 'image/png': output['png'], 'text/html': output['html'], 'text/plain': output['text'], 'image/svg+xml': output['svg'] } as Json : object(output['data'])
  const plotly = data['application/vnd.plotly.v1+json']
  if (plotly !== undefined) return [{ kind: 'plotly', figure: JSON.stringify(plotly) }]
  for (const type of ['image/png', 'image/jpeg', 'image/gif', 'image/webp']) {
    if (data[type] !== undefined) return [{ kind: 'image', url: `data:${type};base64,${text(data[type]).replace(/\s/g, '')}` }]
  }
  if (data['image/svg+xml'] !== undefined) return [{ kind: 'image', url: `data:image/svg+xml,${encodeURIComponent(text(data['image/svg+xml']))}` }]
  if (data['text/html'] !== undefined) return [{ kind: 'html', html: text(data['text/html']) }]
  if (data['text/markdown'] !== undefined) return [{ kind: 'markdown', text: text(data['text/markdown']) }]
  const rest = plain(data['text/plain'] ?? data['text/latex'] ?? (data['application/json'] === undefined ? undefined : JSON.stringify(data['application/json'], null, 2)))
  return rest === '' ? [] : [{ kind: 'text', text: rest }]
}
