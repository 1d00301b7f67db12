import { useEffect, useState, type DragEvent, type ReactNode } from 'react'
import type { Level } from '../../app/may-edit.ts'
import { Button } from '../../ui/button.tsx'
import { Dialog } from '../../ui/over.ts'
import { bytes, count } from '../../ui/format.ts'
import { Failure } from '../../ui/parts.tsx'
import './artifacts.css'
import { ArtifactTree } from './artifact-tree.tsx'
import { ArtifactViewer } from './artifact-viewer.tsx'
import { baseName, folderOf, type Entry, type Shelf } from './shelf.ts'
import { ancestors, sizeOf, useTree } from './use-tree.ts'
import { CopyButton } from './viewers/copy-button.tsx'
import { Waiting } from './viewers/problem.tsx'
import { words } from './words.ts'

export interface ArtifactBrowserProps {
  readonly shelf: Shelf
  /** Who may edit adds files, who may manage deletes them, where the shelf lets anybody. Undefined until it is known. */
  readonly level?: Level | undefined
  /** The file or folder that the address names; empty for none. */
  readonly path: string
  readonly line: number | undefined
  hrefOf(path: string, line?: number): string
  go(url: string): void
  /** Grows when something was stored or deleted. */
  readonly change?: number
  /** What to show when there is nothing. */
  readonly empty: ReactNode
}

/** A tree of files beside the one that is looked at; the address says which. */
export function ArtifactBrowser(props: ArtifactBrowserProps): ReactNode {
  const { shelf, level, path, line, hrefOf, go, change = 0, empty } = props
  const tree = useTree(shelf, path, change)
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const [find, setFind] = useState('')
  const [sending, setSending] = useState<string>()
  const [failure, setFailure] = useState<string>()
  const [dragged, setDragged] = useState(false)
  const [asked, setAsked] = useState<{ readonly target: string; readonly isAll: boolean }>()
  const { folders } = tree

  const isFolder = path === '' || folders.has(path) || (folders.get(folderOf(path))?.find((entry) => entry.path === path)?.folder ?? false)
  useEffect(() => {
    const wanted = [...ancestors(path), ...(isFolder && path !== '' ? [path] : [])]
    for (const folder of wanted) tree.open(folder)
    setOpen((old) => (wanted.every((folder) => old.has(folder)) ? old : new Set([...old, ...wanted])))
    // The tree's functions are made anew with each drawing.
  }, [path, isFolder])

  const toggle = (folder: string): void => {
    tree.open(folder)
    setOpen((old) => (old.has(folder) ? new Set([...old].filter((one) => one !== folder)) : new Set([...old, folder])))
  }
  const folder = isFolder ? path : folderOf(path)
  const entry = folders.get(folderOf(path))?.find((one) => one.path === path)

  async function send(files: readonly { path: string; file: File }[]): Promise<void> {
    setFailure(undefined)
    try {
      for (const [index, { path: name, file }] of files.entries()) {
        setSending(words.storingOf(index + 1, count(files.length, 'file'), name))
        await shelf.upload!(folder === '' ? name : `${folder}/${name}`, file)
      }
    } catch (error) {
      setFailure(words.notEverythingWasStored((error as Error).message))
    }
    setSending(undefined)
    tree.reload()
  }

  async function remove(target: string): Promise<void> {
    setAsked(undefined)
    setFailure(undefined)
    try {
      await shelf.remove!(target)
      go(hrefOf(folderOf(target)))
    } catch (error) {
      setFailure(words.wasNotDeleted(target, (error as Error).message))
    }
    tree.reload()
  }

  async function drop(event: DragEvent): Promise<void> {
    event.preventDefault()
    setDragged(false)
    await send(await filesOf(event.dataTransfer))
  }

  if (tree.error !== undefined && !folders.has('')) return <Failure error={tree.error} retry={tree.reload} />
  if (!folders.has('')) return <Waiting />
  const isEmpty = folders.get('')!.length === 0
  const mayDrop = shelf.upload !== undefined && (level === 'edit' || level === 'manage')
  const mayRemove = shelf.remove !== undefined && level === 'manage'
  const total = tree.complete ? sizeOf(folders, '') : undefined
  return (
    <div
      className="artifacts" data-dragged={dragged} data-empty={isEmpty}
      {...(mayDrop && {
        onDragOver: (event: DragEvent) => { event.preventDefault(); setDragged(true) },
        onDragLeave: (event: DragEvent) => { if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setDragged(false) },
        onDrop: (event: DragEvent) => void drop(event),
      })}
    >
      <div className="artifact-side">
        <div className="viewer-bar">
          <input className="field" type="search" aria-label={words.findArtifacts} placeholder={words.findAFile} value={find} onChange={(event) => setFind(event.target.value)} onFocus={() => void tree.readAll()} />
        </div>
        <ArtifactTree folders={folders} open={open} path={path} find={find} complete={tree.complete} hrefOf={hrefOf} onToggle={toggle} />
        <div className="artifact-foot">
          {total !== undefined && <span className="soft">{words.inAll(bytes(total))}</span>}
          {!isEmpty && <a href={shelf.zip(folder)} download data-plain="">{words.downloadAsZip(folder === '' ? words.all : baseName(folder))}</a>}
          {mayDrop && (
            <label className="button">{words.addFiles}<input className="visually-hidden" type="file" multiple onChange={(event) => {
              void send(Array.from(event.target.files ?? [], (file) => ({ path: file.name, file })))
              event.target.value = ''
            }} /></label>
          )}
        </div>
        {sending !== undefined && <p className="viewer-note" role="status">{sending}</p>}
        {(failure ?? tree.error) !== undefined && <p className="error" role="alert">{failure ?? tree.error}</p>}
      </div>
      <div className="artifact-main">
        {isEmpty ? <>{empty}{mayDrop && <p className="soft">{words.orDropFilesHere}</p>}</>
          : isFolder ? <Folder path={path} entries={folders.get(path)} hrefOf={hrefOf} onRemove={!mayRemove || path === '' ? undefined : () => setAsked({ target: path, isAll: true })} mayDrop={mayDrop} />
            : entry === undefined ? (folders.has(folderOf(path)) ? <p className="viewer-note" role="alert">{words.thereIsNoFileIt(path)}</p> : <Waiting />)
              : (
                <section className="artifact-file" aria-label={words.file(path)}>
                  <header className="artifact-head">
                    <h2 title={path}>{baseName(path)}</h2><span className="soft">{bytes(entry.size)}</span><span className="spacer" />
                    <CopyButton text={path} what={words.thePath} label={words.copyPath} />
                    <a className="button" href={shelf.url(path)} download data-plain="">{words.download}</a>
                    {mayRemove && <button type="button" className="button" onClick={() => setAsked({ target: path, isAll: false })}>{words.delete}</button>}
                  </header>
                  <ArtifactViewer shelf={shelf} entry={entry} siblings={folders.get(folderOf(path)) ?? []} line={line} hrefOfLine={(number) => hrefOf(path, number)} hrefOf={hrefOf} />
                </section>
              )}
      </div>
      {asked !== undefined && (
        <Dialog title={words.deleteOf(baseName(asked.target))} onClose={() => setAsked(undefined)}
          actions={<><Button onClick={() => setAsked(undefined)}>{words.cancel}</Button><Button kind="danger" onClick={() => void remove(asked.target)}>{words.delete}</Button></>}>
          {words.deleteThisCannotBeTaken(asked.target, asked.isAll ? words.andEverythingInIt : '')}
        </Dialog>
      )}
      {dragged && <div className="artifact-drop" aria-hidden="true">{words.dropToStoreIn(folder === '' ? words.theRun : folder)}</div>}
    </div>
  )
}

function Folder({ path, entries, hrefOf, onRemove, mayDrop }: { path: string; entries: readonly Entry[] | undefined; hrefOf(path: string): string; onRemove: (() => void) | undefined; mayDrop: boolean }): ReactNode {
  if (entries === undefined) return <Waiting />
  return (
    <section className="artifact-file" aria-label={path === '' ? words.allFiles : words.folder(path)}>
      <header className="artifact-head">
        <h2>{path === '' ? words.allFiles : baseName(path)}</h2><span className="soft">{count(entries.length, 'entry')}</span><span className="spacer" />
        {onRemove !== undefined && <button type="button" className="button" onClick={onRemove}>{words.deleteFolder}</button>}
      </header>
      <ul className="folder-list">
        {entries.slice(0, 1000).map((entry) => <li key={entry.path}><a href={hrefOf(entry.path)}>{baseName(entry.path)}{entry.folder ? '/' : ''}</a><span className="soft">{entry.folder ? '' : bytes(entry.size)}</span></li>)}
      </ul>
      {entries.length > 1000 && <p className="viewer-note">{words.theFirstOfFindThe(count(entries.length, 'entry'))}</p>}
      {mayDrop && <p className="viewer-note">{words.dropFilesAnywhereHereTo}</p>}
    </section>
  )
}

/** Dropped files, with those of dropped folders under their paths. */
async function filesOf(transfer: DataTransfer): Promise<{ path: string; file: File }[]> {
  const entries = Array.from(transfer.items, (item) => item.webkitGetAsEntry()).filter((one) => one !== null)
  if (entries.length === 0) return Array.from(transfer.files, (file) => ({ path: file.name, file }))
  const found: { path: string; file: File }[] = []
  const visit = async (entry: FileSystemEntry): Promise<void> => {
    const path = entry.fullPath.replace(/^\//, '')
    if (entry.isFile) found.push({ path, file: await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject)) })
    else {
      const reader = (entry as FileSystemDirectoryEntry).createReader()
      // Answers a hundred at a time, then none.
      for (;;) {
        const part = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject))
        if (part.length === 0) break
        for (const inner of part) await visit(inner)
      }
    }
  }
  for (const entry of entries) await visit(entry)
  return found
}
