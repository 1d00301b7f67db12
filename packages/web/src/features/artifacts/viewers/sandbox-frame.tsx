import { useEffect, useRef, useState, type ReactNode } from 'react'
import { serverUrl } from '../../../app/server.ts'
import { Icon } from '../../../ui/icon.tsx'
import { words } from '../words.ts'

export interface SandboxFrameProps {
  readonly title: string
  readonly html: string
  /** Takes the height of what it shows, up to this many pixels. */
  readonly fit?: number
  /** The page of a file that it names by a relative path; without it such links are not offered. */
  open?(path: string): string
}

/** What a link of it leads to, for whoever looks to follow: an address of the web or of mail, or a file beside it. */
function targetOf(address: unknown, open: SandboxFrameProps['open']): Link | undefined {
  if (typeof address !== 'string' || address.length > 2000) return undefined
  if (/^(?:https?:\/\/|mailto:)/i.test(address)) {
    const href = attempt(() => new URL(address).href)
    return href === undefined ? undefined : { href, text: href, away: true }
  }
  const [path = ''] = address.split(/[?#]/)
  if (open === undefined || path === '' || /^(?:[a-z][a-z\d+.-]*:|[/\\])/i.test(path)) return undefined
  const file = attempt(() => decodeURIComponent(path)) ?? path
  return { href: open(file), text: file, away: false }
}

interface Link {
  readonly href: string
  readonly text: string
  /** Out of Cairn. */
  readonly away: boolean
}

/** On a phone it stands below what is seen. */
const intoSight = (element: HTMLElement | null): void => element?.scrollIntoView({ block: 'nearest' })

function attempt<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch {
    return undefined
  }
}

/**
 * Foreign markup with its scripts, where it can harm nobody: a frame of an origin of its own (the
 * attribute here and the policy of `sandbox.html` both say so), which reaches neither this page nor
 * the server nor the network. The markup goes in by a message and is in no address. A link in it that is pressed
 * leads nowhere by itself, for its address may carry what the file has read: it is shown in full, to be followed or not.
 */
export function SandboxFrame({ title, html, fit, open }: SandboxFrameProps): ReactNode {
  const frame = useRef<HTMLIFrameElement>(null)
  const [height, setHeight] = useState<number>()
  const [link, setLink] = useState<Link>()
  const opening = useRef(open)
  opening.current = open
  useEffect(() => {
    const hear = (event: MessageEvent): void => {
      if (event.source === null || event.source !== frame.current?.contentWindow) return
      const said = event.data as { cairn?: string; height?: number; address?: unknown } | null
      // The frame's origin is opaque, so no narrower target can be named.
      if (said?.cairn === 'ready') frame.current.contentWindow.postMessage({ cairn: 'show', html }, '*')
      else if (said?.cairn === 'link') setLink(targetOf(said.address, opening.current))
      else if (said?.cairn === 'height' && fit !== undefined && typeof said.height === 'number') setHeight(Math.min(Math.max(said.height, 24), fit))
    }
    addEventListener('message', hear)
    return () => removeEventListener('message', hear)
  }, [html, fit])
  return (
    <>
      <iframe key={html} ref={frame} className="sandbox" data-fit={fit !== undefined} title={title} sandbox="allow-scripts" referrerPolicy="no-referrer" src={`${serverUrl}/sandbox.html`} {...(height !== undefined && { style: { height } })} />
      {link !== undefined && (
        <p key={link.href} ref={intoSight} className="sandbox-link" role="status">
          <span>{words.leadsTo}</span> <a href={link.href} {...(link.away && { target: '_blank', rel: 'noopener noreferrer' })}>{link.text}</a>
          <button type="button" className="tool" aria-label={words.closeLink} onClick={() => setLink(undefined)}><Icon name="close" /></button>
        </p>
      )}
    </>
  )
}
