import { useEffect, useRef, type ReactNode } from 'react'
import { bytes, grouped } from '../../ui/format.ts'
import { baseName, type Entry } from './shelf.ts'
import { sizeOf, type Tree } from './use-tree.ts'
import { words } from './words.ts'

export interface ArtifactTreeProps {
  readonly folders: Tree['folders']
  readonly open: ReadonlySet<string>
  readonly path: string
  readonly find: string
  readonly complete: boolean
  hrefOf(path: string): string
  onToggle(folder: string): void
}

const most = 500

/** Folders that open and files that are links; while somebody searches, the files found in all folders. */
export function ArtifactTree(props: ArtifactTreeProps): ReactNode {
  const { folders, find, complete, path, hrefOf } = props
  if (find.trim() !== '') {
    const wanted = find.toLowerCase().split(/\s+/)
    const found = [...folders.values()].flat().filter((entry) => !entry.folder && wanted.every((word) => entry.path.toLowerCase().includes(word)))
    return (
      <nav className="artifact-tree" aria-label={words.filesFound} tabIndex={0}>
        {found.length === 0 && <p className="viewer-note" role="status">{complete ? words.noFileHasSuchA : words.searching}</p>}
        <ul>{found.slice(0, most).map((entry) => <li key={entry.path}><a className="tree-row" href={hrefOf(entry.path)} {...(entry.path === path && { 'aria-current': 'page' as const })}><span className="tree-name" title={entry.path}>{entry.path}</span><span className="tree-size">{bytes(entry.size)}</span></a></li>)}</ul>
        {found.length > most && <p className="viewer-note">{words.theFirstOf(most, grouped(found.length))}</p>}
      </nav>
    )
  }
  return <nav className="artifact-tree" aria-label={words.files} tabIndex={0}><Level {...props} folder="" /></nav>
}

function Level(props: ArtifactTreeProps & { folder: string }): ReactNode {
  const { folders, folder } = props
  const entries = folders.get(folder)
  if (entries === undefined) return <p className="viewer-note" role="status">{words.reading}</p>
  return (
    <ul>
      {entries.slice(0, most).map((entry) => <li key={entry.path}>{entry.folder ? <Folder {...props} entry={entry} /> : <File {...props} entry={entry} />}</li>)}
      {entries.length > most && <li className="viewer-note">{words.moreFindThemByName(grouped(entries.length - most))}</li>}
    </ul>
  )
}

function Folder(props: ArtifactTreeProps & { entry: Entry }): ReactNode {
  const { entry, open, folders, onToggle } = props
  const isOpen = open.has(entry.path)
  const size = sizeOf(folders, entry.path)
  return (
    <>
      <button type="button" className="tree-row" aria-expanded={isOpen} onClick={() => onToggle(entry.path)}>
        <svg className="tree-icon" viewBox="0 0 16 16" aria-hidden="true"><path d={isOpen ? 'M3 6l5 5 5-5' : 'M6 3l5 5-5 5'} /></svg>
        <span className="tree-name">{baseName(entry.path)}</span><span className="tree-size">{size === undefined ? '' : bytes(size)}</span>
      </button>
      {isOpen && <Level {...props} folder={entry.path} />}
    </>
  )
}

function File({ entry, path, hrefOf, complete }: ArtifactTreeProps & { entry: Entry }): ReactNode {
  const link = useRef<HTMLAnchorElement>(null)
  const isHere = entry.path === path
  // Only within the tree, so that the page itself stays where it is; again when all is read, as what stands below the tree takes its room then.
  useEffect(() => {
    const tree = link.current?.closest('.artifact-tree')
    if (!isHere || !tree) return
    const [own, all] = [link.current!.getBoundingClientRect(), tree.getBoundingClientRect()]
    if (own.top < all.top || own.bottom > all.bottom) tree.scrollTop += own.top - all.top - all.height / 2
  }, [isHere, complete])
  return (
    <a ref={link} className="tree-row" href={hrefOf(entry.path)} {...(entry.path === path && { 'aria-current': 'page' as const })}>
      <svg className="tree-icon" viewBox="0 0 16 16" aria-hidden="true"><path d="M4 2h5l3 3v9H4zM9 2v3h3" /></svg>
      <span className="tree-name" title={baseName(entry.path)}>{baseName(entry.path)}</span><span className="tree-size">{bytes(entry.size)}</span>
    </a>
  )
}
