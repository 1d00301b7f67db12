import { useEffect, useRef, useState, type ReactNode } from 'react'
import { getDocument, GlobalWorkerOptions, type PDFDocumentProxy } from 'pdfjs-dist'
import workerUrl from 'pdfjs-dist/build/pdf.worker.min.mjs?url'
import { readWhole } from '../decode/table.ts'
import { count } from '../../../ui/format.ts'
import { Problem, Waiting } from './problem.tsx'
import type { ViewerProps } from './viewer.ts'
import { words } from '../words.ts'

GlobalWorkerOptions.workerSrc = workerUrl

/**
 * Pages drawn on canvases by pdf.js: a browser's own viewer does not open in a sandboxed frame, and
 * on phones there is none. Scripts inside the document are not run.
 */
export function PdfViewer({ shelf, file }: ViewerProps): ReactNode {
  const [opened, setOpened] = useState<{ readonly document: PDFDocumentProxy; readonly shape: string }>()
  const [error, setError] = useState<string>()
  const [zoom, setZoom] = useState(1)
  useEffect(() => {
    let current = true
    let task: ReturnType<typeof getDocument> | undefined
    void (async () => {
      try {
        const data = await readWhole(file, 100 * 2 ** 20)
        if (!current) return
        task = getDocument({ data, useSystemFonts: true, useWasm: false, enableXfa: false })
        const document = await task.promise
        // Room is made for all pages as for the first, so that nothing moves when they are drawn.
        const { width, height } = (await document.getPage(1)).getViewport({ scale: 1 })
        if (current) setOpened({ document, shape: `${width} / ${height}` })
      } catch (failure) {
        if (current) setError(words.thisPdfCannotBeShown((failure as Error).message))
      }
    })()
    return () => {
      current = false
      void task?.destroy()
    }
    // The file is told by its shelf, name and size; its object is made anew on every drawing.
  }, [shelf.key, file.name, file.size])
  if (error !== undefined) return <Problem error={error} url={shelf.url(file.name)} />
  if (opened === undefined) return <Waiting />
  const { document, shape } = opened
  return (
    <>
      <div className="viewer-bar">
        <button type="button" className="button" aria-label={words.zoomOut} disabled={zoom <= 0.5} onClick={() => setZoom(zoom - 0.25)}>−</button>
        <span className="soft">{Math.round(zoom * 100)} %</span>
        <button type="button" className="button" aria-label={words.zoomIn} disabled={zoom >= 3} onClick={() => setZoom(zoom + 0.25)}>+</button>
        <span className="soft">{count(document.numPages, 'page')}</span>
      </div>
      <div className="pdf" tabIndex={0} role="region" aria-label={words.pagesOf(file.name)}>
        {Array.from({ length: document.numPages }, (_, index) => <PdfPage key={index} document={document} shape={shape} number={index + 1} zoom={zoom} />)}
      </div>
    </>
  )
}

function PdfPage({ document, shape, number, zoom }: { document: PDFDocumentProxy; shape: string; number: number; zoom: number }): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null)
  const [text, setText] = useState('')
  const [near, setNear] = useState(number === 1)
  useEffect(() => {
    const observer = new IntersectionObserver(([entry]) => { if (entry!.isIntersecting) setNear(true) }, { rootMargin: '600px' })
    observer.observe(canvas.current!)
    return () => observer.disconnect()
  }, [])
  useEffect(() => {
    if (!near) return
    let stop: (() => void) | undefined
    let current = true
    void (async () => {
      const page = await document.getPage(number)
      const element = canvas.current
      if (!current || element === null) return
      const natural = page.getViewport({ scale: 1 })
      const width = Math.min(element.parentElement!.clientWidth, 1000) * zoom
      const viewport = page.getViewport({ scale: width / natural.width * devicePixelRatio })
      element.width = viewport.width
      element.height = viewport.height
      element.style.width = `${width}px`
      element.style.aspectRatio = `${viewport.width} / ${viewport.height}`
      const drawing = page.render({ canvas: element, viewport })
      stop = () => drawing.cancel()
      await drawing.promise
      const content = await page.getTextContent()
      if (current) setText(content.items.map((item) => ('str' in item ? item.str : '')).join(' '))
      element.dataset['drawn'] = 'true'
    })().catch(() => {})
    return () => {
      current = false
      stop?.()
    }
  }, [document, number, zoom, near])
  return <figure className="pdf-page"><canvas ref={canvas} role="img" aria-label={words.page(number)} style={{ aspectRatio: shape, width: 'min(100%, 1000px)' }} /><figcaption className="visually-hidden">{text}</figcaption></figure>
}
