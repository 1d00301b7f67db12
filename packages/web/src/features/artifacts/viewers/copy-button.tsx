import { useState, type ReactNode } from 'react'

/** Copies a text; says so, also to those who do not see it. */
export function CopyButton({ text, what, label = 'Copy' }: { text: string; what: string; label?: string }): ReactNode {
  const [said, setSaid] = useState('')
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(text)
      setSaid('Copied')
    } catch {
      setSaid('Not allowed by the browser')
    }
    setTimeout(() => setSaid(''), 2000)
  }
  return <button type="button" className="button" aria-label={label === 'Copy' ? `Copy ${what}` : label} onClick={() => void copy()}><span role="status">{said || label}</span></button>
}
