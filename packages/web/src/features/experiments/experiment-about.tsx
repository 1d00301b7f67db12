import { useState, type ReactNode } from 'react'
import { tags as meaning, type Experiment } from '@cairn/protocol'
import { lazyPart } from '../../ui/lazy-part.tsx'
import { href } from '../../app/router.ts'
import { reread, useKeptLive, useSoon } from '../../app/server.ts'
import { useShortcuts } from '../../app/shortcuts.ts'
import { IconButton } from '../../ui/button.tsx'
import { Chip } from '../../ui/chip.tsx'
import { changeExperiments } from './change.ts'
import { experimentKey } from './keys.ts'
import { searchTag } from './list-state.ts'
import { folderOf } from './names.ts'
import { firstLine } from './note-line.ts'
import { words } from './words.ts'
import './experiments.css'

const DetailsPanel = lazyPart(async () => (await import('./details-panel.tsx')).DetailsPanel)
const RenameDialog = lazyPart(async () => (await import('./rename-dialog.tsx')).RenameDialog)

const shownTags = 4

/** Beside the name of an experiment: its tags, how its notes begin, and both to be read and changed in a panel. */
export function ExperimentAbout({ experiment }: { experiment: Experiment }): ReactNode {
  const { experiment_id: id, name } = experiment
  const [open, setOpen] = useState(false)
  const [renaming, setRenaming] = useState(false)
  const readSoon = useSoon(() => reread(experimentKey(id)), undefined, () => reread(experimentKey(id), true))
  useKeptLive(`about ${id}`, { types: ['experiment'] }, (message) => {
    if ((message.type === 'experiment' && message.data.experiment_id === id) || message.type === 'resync' || (message.type === 'connected' && !message.data.resumed)) readSoon()
  })
  useShortcuts([{ keys: 'e', what: words.notesAndTags, where: words.where, act: () => setOpen(!open) }])
  const tags = (experiment.tags ?? []).filter(({ key }) => !key.startsWith('mlflow.'))
  const note = experiment.tags?.find(({ key }) => key === meaning.note)?.value ?? ''
  return (
    <div className="experiment-about">
      <span className="experiment-tags">
        {tags.slice(0, shownTags).map(({ key, value }) => <Chip key={key} name={key} value={value} href={href.experiments(searchTag(key, value))} />)}
        {tags.length > shownTags && <span className="soft">+{tags.length - shownTags}</span>}
      </span>
      {note !== '' && <span className="experiment-note" title={note}>{firstLine(note)}</span>}
      <IconButton icon="note" label={words.notesAndTags} shortcut="e" pressed={open} onClick={() => setOpen(!open)} />
      {open && <DetailsPanel id={id} over onClose={() => setOpen(false)} onRename={() => setRenaming(true)} />}
      {renaming && <RenameDialog named={[{ id, name, base: folderOf(name) }]} onClose={() => setRenaming(false)} onRename={([first]) => {
        setRenaming(false)
        if (first !== undefined) void changeExperiments([{ experiment_id: id, name: first.to }], words.done.rename)
      }} />}
    </div>
  )
}
