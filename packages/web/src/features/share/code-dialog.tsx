import type { ReactNode } from 'react'
import { embedAddress } from '../../app/embed.ts'
import { usePlaceQuery, type Place } from '../../app/router.ts'
import { serverUrl } from '../../app/server.ts'
import { CopyButton } from '../../ui/button.tsx'
import { Dialog } from '../../ui/over.ts'
import { Tabs } from '../../ui/tabs.tsx'
import { embedIn, inCode } from './code.ts'
import './share.css'
import { words } from './words.ts'

/** What the page shows, read in a program; and the page itself as a part of another. */
export function CodeDialog({ place, onClose }: { place: Place; onClose(): void }): ReactNode {
  const { python, typescript } = inCode(place, usePlaceQuery(), serverUrl)
  const { html, notebook } = embedIn(embedAddress(true))
  return (
    <Dialog title={words.title} wide onClose={onClose}>
      <Tabs label={words.title} tabs={[
        { id: 'code-python', label: 'Python', content: <Code text={python} label="Python" /> },
        { id: 'code-typescript', label: 'TypeScript', content: <Code text={typescript} label="TypeScript" /> },
        { id: 'code-embed', label: words.embed, content: <><h3>{words.wiki}</h3><Code text={html} label={words.wiki} /><h3>{words.notebook}</h3><Code text={notebook} label={words.notebook} /><p className="soft">{words.framing}</p></> },
      ]} />
    </Dialog>
  )
}

const Code = ({ text, label }: { text: string; label: string }): ReactNode => (
  <div className="snippet"><pre tabIndex={0} aria-label={label}><code>{text}</code></pre><CopyButton text={text} label={words.copy(label)} /></div>
)
