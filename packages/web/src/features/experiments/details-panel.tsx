import { useEffect, useRef, useState, type ReactNode } from 'react'
import { tags as meaning, type Experiment, type ExperimentChange } from '@cairn/protocol'
import { href } from '../../app/router.ts'
import { useLevel } from '../../app/may-edit.ts'
import { client, useLive, useLoaded, useSoon } from '../../app/server.ts'
import { useShortcuts } from '../../app/shortcuts.ts'
import { Button, CopyButton, IconButton } from '../../ui/button.tsx'
import { Chip } from '../../ui/chip.tsx'
import { TextField } from '../../ui/field.tsx'
import { exact } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { Failure } from '../../ui/parts.tsx'
import { Notes } from '../notes/notes.tsx'
import { experimentNotes } from '../notes/places.ts'
import { changeExperiments } from './change.ts'
import { words } from './words.ts'
import '../runs/run-page.css'

export interface DetailsPanelProps {
  readonly id: string
  /** Whether it lies over the page, where there is no list to stand beside. */
  readonly over?: boolean
  onClose(): void
  onRename(name: string): void
}

/** Notes, tags and facts of one experiment, beside the list. */
export function DetailsPanel({ id, over = false, onClose, onRename }: DetailsPanelProps): ReactNode {
  const { data, error, reload } = useLoaded(`experiment ${id}`, () => client.experiments.get(id))
  const experiment = data?.experiment_id === id ? data : undefined
  const readSoon = useSoon(reload)
  useLive(`details ${id}`, { types: ['experiment'] }, (message) => { if (message.type === 'experiment' && message.data.experiment_id === id) readSoon() })
  const level = useLevel('experiment', id)
  const mayEdit = level === undefined ? undefined : level !== 'read'
  const refused = level === 'edit' ? words.needsManage : undefined
  const heading = useRef<HTMLHeadingElement>(null)
  const known = experiment !== undefined
  useShortcuts([{ keys: 'Escape', what: words.closeDetails, where: words.where, act: onClose }])
  useEffect(() => heading.current?.focus({ preventScroll: true }), [id, known])
  const tags = experiment?.tags ?? []
  const own = tags.filter(({ key }) => !key.startsWith('mlflow.'))
  const archived = experiment?.lifecycle_stage === 'deleted'
  const change = async (fields: Omit<ExperimentChange, 'experiment_id'>, said: (count: number) => string): Promise<void> => {
    if (await changeExperiments([{ experiment_id: id, ...fields }], said)) reload()
  }
  return (
    <aside className="list-details" data-over={over} aria-label={words.about} onKeyDown={(event) => { if (event.key === 'Escape' && !(event.target instanceof HTMLTextAreaElement)) { event.stopPropagation(); onClose() } }}>
      {error !== undefined && <Failure error={error} retry={reload} />}
      {experiment !== undefined && <>
        <header>
          <h2 className="list-title" ref={heading} tabIndex={-1}>{experiment.name}</h2>
          {!archived && mayEdit === true && <IconButton icon="edit" label={words.renameOrMove} onClick={() => onRename(experiment.name)} />}
          <IconButton icon="close" label={words.close} onClick={onClose} />
        </header>
        <div className="list-actions">
          {!over && <a className="button" data-size="small" href={href.experiment(id)}><Icon name="table" /><span>{words.open}</span></a>}
          {mayEdit !== true ? null : archived
            ? <Button size="small" icon="restore" refused={refused} onClick={() => void change({ stage: 'active' }, words.done.restore)}>{words.restore}</Button>
            : <Button size="small" icon="archive" refused={refused} onClick={() => void change({ stage: 'deleted' }, words.done.archive)}>{words.archiveThese}</Button>}
        </div>
        <Notes key={id} text={noteIn(experiment)} draftKey={`cairn:notes:experiment ${id}`} place={experimentNotes(id, readSoon)} mayEdit={archived ? false : mayEdit} />
        <section aria-label={words.tags}>
          <h2>{words.tags}</h2>
          {own.length > 0 && <p className="chips">{own.map(({ key, value }) => <Chip key={key} name={key} value={value} {...(!archived && mayEdit === true && { onRemove: () => void change({ delete_tags: [key] }, words.done.untag) })} />)}</p>}
          {!archived && mayEdit === true && <AddTag onAdd={(key, value) => change({ set_tags: [{ key, value }] }, words.done.tag)} />}
        </section>
        <section aria-label={words.about}>
          <h2>{words.about}</h2>
          <dl className="list-facts">
            <div><dt>{words.id}</dt><dd><code>{id}</code><CopyButton text={id} /></dd></div>
            <div><dt>{words.createdAt}</dt><dd>{exact(Number(experiment.creation_time))}</dd></div>
            <div><dt>{words.changedAt}</dt><dd>{exact(Number(experiment.last_update_time))}</dd></div>
            <div><dt>{words.artifacts}</dt><dd><code>{experiment.artifact_location}</code><CopyButton text={experiment.artifact_location} /></dd></div>
          </dl>
        </section>
      </>}
    </aside>
  )
}

const noteIn = ({ tags }: Experiment): string => tags?.find(({ key }) => key === meaning.note)?.value ?? ''

function AddTag({ onAdd }: { onAdd(key: string, value: string): Promise<void> }): ReactNode {
  const [key, setKey] = useState('')
  const [value, setValue] = useState('')
  const add = async (): Promise<void> => {
    await onAdd(key.trim(), value)
    setKey('')
    setValue('')
    document.getElementById('new-tag-key')?.focus()
  }
  return (
    <form className="list-add-tag" onSubmit={(event) => { event.preventDefault(); if (key.trim() !== '') void add() }}>
      <TextField label={words.key} placeholder={words.key} id="new-tag-key" value={key} onChange={(event) => setKey(event.target.value)} />
      <TextField label={words.value} placeholder={words.value} id="new-tag-value" value={value} onChange={(event) => setValue(event.target.value)} />
      <Button size="small" type="submit" disabled={key.trim() === ''}>{words.addTag}</Button>
    </form>
  )
}
