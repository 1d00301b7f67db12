import { useState, type ReactNode } from 'react'
import { go, href } from '../../app/router.ts'
import { client } from '../../app/server.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/over.ts'
import { TextField } from '../../ui/field.tsx'
import { words } from './words.ts'

/** Makes an experiment and goes to it, where it says how to log to it. */
export function NewExperiment({ folder, onClose }: { folder: string; onClose(): void }): ReactNode {
  const [name, setName] = useState(folder === '' ? '' : `${folder}/`)
  const [location, setLocation] = useState('')
  const [error, setError] = useState<string>()
  const [busy, setBusy] = useState(false)
  const create = async (): Promise<void> => {
    setBusy(true)
    try {
      const id = await client.experiments.create({ name: name.trim(), ...(location.trim() !== '' && { artifact_location: location.trim() }) })
      onClose()
      go(href.experiment(id))
    } catch (failure) {
      setError((failure as Error).message)
      setBusy(false)
    }
  }
  return (
    <Dialog title={words.create} onClose={onClose}>
      <form className="dialog-form" onSubmit={(event) => { event.preventDefault(); if (name.trim() !== '' && !busy) void create() }}>
        <TextField label={words.newName} showLabel autoFocus required placeholder={words.createHint} value={name} error={error} onChange={(event) => { setName(event.target.value); setError(undefined) }} />
        <TextField label={words.location} showLabel mono placeholder={words.locationHint} value={location} onChange={(event) => setLocation(event.target.value)} />
        <div className="dialog-buttons"><Button onClick={onClose}>{words.cancel}</Button><Button kind="primary" type="submit" disabled={name.trim() === '' || busy}>{words.create}</Button></div>
      </form>
    </Dialog>
  )
}
