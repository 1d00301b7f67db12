import { useState, type ReactNode } from 'react'
import { copyText } from '../../../ui/clipboard.ts'
import { words } from '../words.ts'

/** Copies a text; says so, also to those who do not see it. */
export function CopyButton({ text, what, label = words.copy }: { text: string; what: string; label?: string }): ReactNode {
  const [said, setSaid] = useState('')
  const copy = async (): Promise<void> => {
    try {
      await copyText(text)
      setSaid(words.copied)
    } catch {
      setSaid(words.notAllowedByTheBrowser)
    }
    setTimeout(() => setSaid(''), 2000)
  }
  return <button type="button" className="button" aria-label={label === words.copy ? words.copyOfWhat(what) : label} onClick={() => void copy()}><span role="status">{said || label}</span></button>
}
