import { useState, type ReactNode } from 'react'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/over.ts'
import { Checkbox, TextField } from '../../ui/field.tsx'
import { words } from './words.ts'

export interface TagDialogProps {
  /** What is tagged, counted: "3 runs selected". */
  readonly of: string
  onClose(): void
  /** Without a value the tag is removed. */
  onTag(key: string, value: string | undefined): void
}

/** Asks for a tag to set on many things at once, or to take from them. */
export function TagDialog({ of, onClose, onTag }: TagDialogProps): ReactNode {
  const [key, setKey] = useState('')
  const [value, setValue] = useState('')
  const [remove, setRemove] = useState(false)
  return (
    <Dialog title={`${words.tag}: ${of}`} onClose={onClose}>
      <form className="dialog-form" onSubmit={(event) => { event.preventDefault(); if (key.trim() !== '') onTag(key.trim(), remove ? undefined : value) }}>
        <TextField label={words.key} showLabel value={key} onChange={(event) => setKey(event.target.value)} autoFocus required />
        {!remove && <TextField label={words.value} showLabel value={value} onChange={(event) => setValue(event.target.value)} />}
        <Checkbox label={words.removeTag} checked={remove} onChange={setRemove} />
        <div className="dialog-buttons"><Button onClick={onClose}>{words.cancel}</Button><Button kind="primary" type="submit" disabled={key.trim() === ''}>{words.tag}</Button></div>
      </form>
    </Dialog>
  )
}
