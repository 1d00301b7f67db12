import { useEffect, useRef, useState, type ReactNode } from 'react'
import { serverUrl } from '../../../app/server.ts'

export interface SandboxFrameProps {
  readonly title: string
  readonly html: string
  /** Takes the height of what it shows, up to this many pixels. */
  readonly fit?: number
}

/**
 * Foreign markup with its scripts, where it can harm nobody: a frame of an origin of its own (the
 * attribute here and the policy of `sandbox.html` both say so), which reaches neither this page nor
 * the server nor the network. The markup goes in by a message and is in no address.
 */
export function SandboxFrame({ title, html, fit }: SandboxFrameProps): ReactNode {
  const frame = useRef<HTMLIFrameElement>(null)
  const [height, setHeight] = useState<number>()
  useEffect(() => {
    const hear = (event: MessageEvent): void => {
      if (event.source === null || event.source !== frame.current?.contentWindow) return
      const said = event.data as { cairn?: string; height?: number } | null
      // The frame's origin is opaque, so no narrower target can be named.
      if (said?.cairn === 'ready') frame.current.contentWindow.postMessage({ cairn: 'show', html }, '*')
      else if (said?.cairn === 'height' && fit !== undefined && typeof said.height === 'number') setHeight(Math.min(Math.max(said.height, 24), fit))
    }
    addEventListener('message', hear)
    return () => removeEventListener('message', hear)
  }, [html, fit])
  return <iframe key={html} ref={frame} className="sandbox" data-fit={fit !== undefined} title={title} sandbox="allow-scripts" referrerPolicy="no-referrer" src={`${serverUrl}/sandbox.html`} {...(height !== undefined && { style: { height } })} />
}
