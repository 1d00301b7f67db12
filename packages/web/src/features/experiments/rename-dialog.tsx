import { useId, useMemo, useState, type ReactNode } from 'react'
import { useQuery } from '@tanstack/react-query'
import { client } from '../../app/server.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/over.ts'
import { Checkbox, TextField } from '../../ui/field.tsx'
import { VirtualList } from '../../ui/virtual-list.tsx'
import { finder, moved, renamings, replaced, type Named, type Renaming } from './names.ts'
import { words } from './words.ts'

export interface RenameDialogProps {
  readonly named: readonly Named[]
  onClose(): void
  onRename(changed: readonly Renaming[]): void
}

type Way = keyof typeof words.waysLower

/** New names for experiments: one by itself, many by find and replace, or all to another folder; with what will come of it. */
export function RenameDialog({ named, onClose, onRename }: RenameDialogProps): ReactNode {
  const [way, setWay] = useState<Way>(named.length === 1 ? 'name' : 'move')
  const [name, setName] = useState(named[0]?.name ?? '')
  const [find, setFind] = useState('')
  const [by, setBy] = useState('')
  const [pattern, setPattern] = useState(false)
  const [folder, setFolder] = useState('')
  const folders = useId()
  const known = useFolders()
  const expression = finder(find, pattern)
  const all = useMemo(() => renamings(named, (one) => {
    if (way === 'name') return name.trim()
    if (way === 'move') return moved(one, folder)
    return find === '' || expression === undefined ? one.name : replaced(one.name, expression, by, pattern)
  }), [named, way, name, find, by, pattern, folder])
  const changed = all.filter(({ name: before, to }) => before !== to)
  const bad = all.some(({ problem }) => problem !== undefined) || (way === 'replace' && expression === undefined)
  return (
    <Dialog title={`${words.renameOrMove}: ${words.selected(named.length)}`} wide onClose={onClose}>
      <form className="dialog-form rename" onSubmit={(event) => { event.preventDefault(); if (!bad && changed.length > 0) onRename(changed) }}>
        <div className="switch" role="radiogroup" aria-label={words.how}>
          {(Object.keys(words.waysLower) as Way[]).filter((one) => one !== 'name' || named.length === 1).map((one) => (
            <label key={one} className="switch-choice" data-on={way === one}><input type="radio" className="visually-hidden" name="way" checked={way === one} onChange={() => setWay(one)} />{words.waysLower[one]}</label>
          ))}
        </div>
        {way === 'name' && <TextField label={words.newName} showLabel autoFocus value={name} onChange={(event) => setName(event.target.value)} />}
        {way === 'move' && <>
          <TextField label={words.folder} showLabel autoFocus placeholder={words.folderHint} list={folders} value={folder} onChange={(event) => setFolder(event.target.value)} />
          <datalist id={folders}>{known.map((path) => <option key={path} value={path} />)}</datalist>
        </>}
        {way === 'replace' && <div className="rename-fields">
          <TextField label={words.findText} showLabel autoFocus mono value={find} error={expression === undefined ? words.badPattern : undefined} onChange={(event) => setFind(event.target.value)} />
          <TextField label={words.replaceText} showLabel mono value={by} onChange={(event) => setBy(event.target.value)} />
          <Checkbox label={words.pattern} checked={pattern} onChange={setPattern} />
        </div>}
        {way !== 'name' && <>
          <p className="soft" role="status">{words.preview(changed.length)}</p>
          <div className="rename-preview" style={{ height: Math.min(all.length, 6) * 46 }}>
            <VirtualList label={words.preview(changed.length)} count={all.length} row={46} item={(index) => <Before one={all[index]!} />} />
          </div>
        </>}
        <div className="dialog-buttons"><Button onClick={onClose}>{words.cancel}</Button><Button kind="primary" type="submit" disabled={bad || changed.length === 0}>{way === 'move' ? words.waysLower.move : words.rename}</Button></div>
      </form>
    </Dialog>
  )
}

const Before = ({ one: { name, to, problem } }: { one: Renaming }): ReactNode => (
  <div className="rename-row" data-same={name === to}><span className="soft">{name}</span><span>{to}{problem !== undefined && <b className="field-error"> {words.problems[problem]}</b>}</span></div>
)

/** Folders that there are, at the top and one below, to be proposed. */
function useFolders(): readonly string[] {
  const found = useQuery({
    queryKey: ['experiment folders'], staleTime: 30_000,
    queryFn: async ({ signal }) => (await client.experiments.overview({ tree: true, order: 'name', max_results: 200 }, { signal })).folders.map(({ path }) => path),
  })
  return found.data ?? []
}
