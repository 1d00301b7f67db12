import { useEffect, useRef, useState, type ReactNode } from 'react'
import { words } from './words.ts'

export interface ChangeDialogProps {
  readonly title: string
  /** What will be different afterwards, a sentence each. */
  readonly effects: readonly string[]
  readonly action: string
  readonly children?: ReactNode
  readonly disabled?: boolean
  onAct(reason: string): Promise<void>
  onClose(): void
}

/** Asks before something that others rely on is changed: says what will change, and wants a reason. */
export function ChangeDialog({ title, effects, action, children, disabled = false, onAct, onClose }: ChangeDialogProps): ReactNode {
  const dialog = useRef<HTMLDialogElement>(null)
  const [reason, setReason] = useState('')
  const [busy, setBusy] = useState(false)
  const [error, setError] = useState<string>()
  useEffect(() => {
    dialog.current?.showModal()
    // What is left to say; the rest is chosen already.
    dialog.current?.querySelector('textarea')?.focus()
  }, [])
  const act = async (): Promise<void> => {
    setBusy(true)
    setError(undefined)
    try {
      await onAct(reason.trim())
      onClose()
    } catch (failure) {
      setError((failure as Error).message)
      setBusy(false)
    }
  }
  return (
    <dialog ref={dialog} className="dialog" aria-label={title} onClose={onClose}>
      <form onSubmit={(event) => { event.preventDefault(); void act() }}>
        <h2>{title}</h2>
        {children}
        <p className="dialog-label">{words.whatWillChange}</p>
        <ul className="effects">{effects.map((effect) => <li key={effect}>{effect}</li>)}</ul>
        <label className="dialog-label">{words.reason}<textarea className="field" rows={2} required value={reason} onChange={(event) => setReason(event.target.value)} placeholder={words.whyForWhoeverReadsThe} /></label>
        {error !== undefined && <p className="error" role="alert">{words.nothingWasChanged(error)}</p>}
        <div className="dialog-actions"><button type="button" className="button" onClick={onClose}>{words.cancel}</button><button type="submit" className="button primary" disabled={busy || disabled || reason.trim() === ''}>{action}</button></div>
      </form>
    </dialog>
  )
}
