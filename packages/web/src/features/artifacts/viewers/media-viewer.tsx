import { useState, type ReactNode } from 'react'
import { viewerOf } from '../kinds.ts'
import { baseName } from '../shelf.ts'
import { Problem } from './problem.tsx'
import type { ViewerProps } from './viewer.ts'
import { words } from '../words.ts'

/** The browser's own player, which reads the file by ranges. */
export function MediaViewer({ shelf, file }: ViewerProps): ReactNode {
  const [failed, setFailed] = useState(false)
  const url = shelf.url(file.name)
  if (failed) return <Problem error={words.noMedia} url={url} />
  const common = { src: url, controls: true, preload: 'metadata', 'aria-label': baseName(file.name), onError: () => setFailed(true) } as const
  return <div className="media-viewer">{viewerOf(file.name) === 'audio' ? <audio {...common} /> : <video {...common} />}</div>
}
