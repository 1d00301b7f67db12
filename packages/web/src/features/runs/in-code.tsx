import type { ReactNode } from 'react'
import { Button, CopyButton } from '../../ui/button.tsx'
import { Popover } from '../../ui/dialog.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import type { Snippet } from './in-code-text.ts'
import './in-code.css'

/** The same in code: what the page shows, asked for by a program. */
export function InCode({ snippets }: { snippets: readonly Snippet[] }): ReactNode {
  return (
    <Popover label="The same in code" wide placement="bottom-end" button={<Button size="small" icon="code" aria-label="The same in code">Code</Button>}>
      <Tabs label="Language" tabs={snippets.map(({ id, label, text }) => ({
        id, label, content: <div className="in-code"><pre tabIndex={0} aria-label={`In ${label}`}><code>{text}</code></pre><CopyButton text={text} label={`Copy the ${label}`} /></div>,
      }))} />
    </Popover>
  )
}
