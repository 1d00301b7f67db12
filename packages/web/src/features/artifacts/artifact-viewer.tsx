import { Component, useMemo, type ComponentType, type ReactNode } from 'react'
import { isMissingPart } from '../../app/missing-part.ts'
import { lazyPart } from '../../ui/lazy-part.tsx'
import { client } from '../../app/server.ts'
import { viewerOf, type ViewerKind } from './kinds.ts'
import { fileOf, type Entry, type Shelf } from './shelf.ts'
import { Problem, Waiting } from './viewers/problem.tsx'
import type { ViewerProps } from './viewers/viewer.ts'
import { words } from './words.ts'

type Viewer = ComponentType<ViewerProps>

const fetched = (load: () => Promise<Viewer>): Viewer => lazyPart(load, Waiting)
const media = fetched(async () => (await import('./viewers/media-viewer.tsx')).MediaViewer)

/** Each is loaded when the first file of its kind is opened. */
const viewers: Readonly<Record<Exclude<ViewerKind, 'binary'>, Viewer>> = {
  image: fetched(async () => (await import('./viewers/image-viewer.tsx')).ImageViewer),
  table: fetched(async () => (await import('./viewers/table-viewer.tsx')).TableViewer),
  json: fetched(async () => (await import('./viewers/json-viewer.tsx')).JsonViewer),
  text: fetched(async () => (await import('./viewers/text-viewer.tsx')).TextViewer),
  markdown: fetched(async () => (await import('./viewers/markdown-viewer.tsx')).MarkdownViewer),
  notebook: fetched(async () => (await import('./viewers/notebook-viewer.tsx')).NotebookViewer),
  pdf: fetched(async () => (await import('./viewers/pdf-viewer.tsx')).PdfViewer),
  audio: media, video: media,
  html: fetched(async () => (await import('./viewers/html-viewer.tsx')).HtmlViewer),
  numpy: fetched(async () => (await import('./viewers/numpy-viewer.tsx')).NumpyViewer),
  mlmodel: fetched(async () => (await import('./viewers/mlmodel-viewer.tsx')).MlModelViewer),
  onnx: fetched(async () => (await import('./viewers/onnx-viewer.tsx')).OnnxViewer),
}

export interface ArtifactViewerProps {
  readonly shelf: Shelf
  readonly entry: Entry
  readonly siblings: readonly Entry[]
  readonly line: number | undefined
  hrefOfLine(line: number): string
  hrefOf(path: string): string
}

/** One file in the viewer for its kind. */
export function ArtifactViewer({ shelf, entry, siblings, line, hrefOfLine, hrefOf }: ArtifactViewerProps): ReactNode {
  const { path, size } = entry
  const file = useMemo(() => fileOf(client, shelf, { path, size, folder: false }), [shelf, path, size])
  const kind = viewerOf(path)
  const url = shelf.url(path)
  if (size === 0) return <Problem error={words.emptyFile} url={url} />
  if (kind === 'binary') return <Problem error={words.noView} url={url} />
  const Shown = viewers[kind]
  return (
    <Broken key={`${shelf.key} ${path}`} url={url}>
      <Shown shelf={shelf} file={file} siblings={siblings} line={line} hrefOfLine={hrefOfLine} hrefOf={hrefOf} />
    </Broken>
  )
}

/** A viewer that fails takes nothing down but itself. React knows no other way than a class. */
class Broken extends Component<{ url: string; children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: undefined }

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error }
  }

  override render(): ReactNode {
    const { error } = this.state
    // The file is not to blame where the viewer itself could not be fetched.
    if (isMissingPart(error)) throw error
    return error === undefined ? this.props.children : <Problem error={words.thisFileCannotBeShown(error instanceof Error ? error.message : String(error))} url={this.props.url} />
  }
}
