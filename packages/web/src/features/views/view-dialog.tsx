import { useState, type ReactNode } from 'react'
import { useLevels } from '../../app/may-edit.ts'
import { hasAccounts, setDisplayName, useDisplayName } from '../../app/who.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/over.ts'
import { Checkbox, TextField } from '../../ui/field.tsx'
import { Failure } from '../../ui/parts.tsx'
import { words } from './words.ts'

export interface ViewDialogProps {
  readonly kind: 'save' | 'rename'
  readonly name: string
  readonly experiments: readonly string[]
  onSave(view: { readonly name: string; readonly shared: boolean; readonly is_default: boolean }): Promise<void>
  onClose(): void
}

/** Asks what a view is called, and of a new one for whom it is. */
export function ViewDialog({ kind, name: before, experiments, onSave, onClose }: ViewDialogProps): ReactNode {
  const known = useDisplayName()
  const [name, setName] = useState(before)
  const [who, setWho] = useState(known)
  const levels = useLevels('experiment', experiments)
  // What is for everybody is for those to say who may change the experiment.
  const mayShare = levels?.every((level) => level !== 'read')
  const [wanted, setShared] = useState(true)
  const shared = wanted && mayShare !== false
  const [isDefault, setDefault] = useState(false)
  const [error, setError] = useState<string>()
  const asksName = kind === 'save' && !hasAccounts() && known === ''
  const save = async (): Promise<void> => {
    if (asksName && who.trim() !== '') setDisplayName(who)
    try {
      await onSave({ name: name.trim(), shared: shared || isDefault, is_default: isDefault })
      onClose()
    } catch (failed) {
      setError((failed as Error).message)
    }
  }
  return (
    <Dialog title={kind === 'save' ? words.titleSave : words.titleRename} onClose={onClose}>
      <form className="dialog-form" onSubmit={(event) => { event.preventDefault(); void save() }}>
        <TextField label={words.name} showLabel value={name} maxLength={200} onChange={(event) => setName(event.target.value)} autoFocus required />
        {kind === 'save' && mayShare === false && <p className="soft">{words.onlyOwn}</p>}
        {kind === 'save' && mayShare !== false && <>
          <Checkbox label={words.sharedLabel} checked={shared || isDefault} disabled={isDefault} onChange={setShared} />
          <Checkbox label={words.defaultLabel} checked={isDefault} onChange={setDefault} />
        </>}
        {asksName && <TextField label={words.yourName} showLabel value={who} onChange={(event) => setWho(event.target.value)} required={!shared} />}
        {error !== undefined && <Failure error={error} />}
        <div className="dialog-buttons"><Button onClick={onClose}>{words.cancel}</Button><Button kind="primary" type="submit" disabled={name.trim() === ''}>{words.save}</Button></div>
      </form>
    </Dialog>
  )
}
