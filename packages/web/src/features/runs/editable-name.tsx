import { useState, type ReactNode } from 'react'
import { words } from './words.ts'

export interface EditableNameProps {
  readonly name: string
  /** Undefined until it is known: then its place is kept, so that nothing moves for it. */
  readonly mayEdit: boolean | undefined
  onSave(name: string): Promise<void>
}

/** A heading that is edited where it stands: Enter saves, Escape leaves it as it was. */
export function EditableName({ name, mayEdit, onSave }: EditableNameProps): ReactNode {
  const [draft, setDraft] = useState<string>()
  if (draft === undefined) {
    return <><h1>{name}</h1>{mayEdit !== false && <button type="button" className="icon-button" {...(mayEdit === undefined && { style: { visibility: 'hidden' } })} aria-label={words.rename} title={words.rename} onClick={() => setDraft(name)}><svg viewBox="0 0 16 16" aria-hidden="true"><path d="M10.5 2.5l3 3L5 14H2v-3z" /></svg></button>}</>
  }
  const save = async (): Promise<void> => {
    const wanted = draft.trim()
    if (wanted === '') return
    setDraft(undefined)
    // What went wrong is said by whoever saves.
    await onSave(wanted).catch(() => setDraft(wanted))
  }
  return (
    <form className="name-form" onSubmit={(event) => { event.preventDefault(); void save() }}>
      <h1 className="visually-hidden">{name}</h1>
      <input className="field" aria-label={words.nameOfTheRun} autoFocus value={draft} onChange={(event) => setDraft(event.target.value)} onKeyDown={(event) => { if (event.key === 'Escape') setDraft(undefined) }} />
      <button type="submit" className="button">{words.save}</button>
      <button type="button" className="button" onClick={() => setDraft(undefined)}>{words.cancel}</button>
    </form>
  )
}
