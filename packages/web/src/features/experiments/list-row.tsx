import type { PointerEvent, ReactNode } from 'react'
import type { ExperimentSummary } from '@cairn/protocol'
import { href } from '../../app/router.ts'
import { count, grouped, metric } from '../../ui/format.ts'
import { Icon } from '../../ui/icon.tsx'
import { Time } from '../../ui/parts.tsx'
import { within } from './names.ts'
import { firstLine } from './note-line.ts'
import type { ListLine } from './overview-store.ts'
import { Trend } from './trend.tsx'
import { words } from './words.ts'

export interface ListRowProps {
  readonly line: ListLine
  readonly id: string
  readonly index: number
  readonly top: number
  readonly height: number
  readonly active: boolean
  /** Undefined where it is not known: what is in a folder is not read. */
  readonly selected: boolean | undefined
  readonly archive: boolean
  /** Whether its notes are shown beside the list. */
  readonly shown: boolean
  onPress(event: PointerEvent, box: boolean): void
  onToggle(): void
  onDetails(): void
  onTag(key: string, value: string): void
}

const shownTags = 3

/** A folder or an experiment. */
export function ListRow(props: ListRowProps): ReactNode {
  const { line, id, index, top, height, active, selected, shown } = props
  return (
    <div role="row" id={id} className="list-row" data-active={active} data-shown={shown} data-kind={line.kind} aria-rowindex={index + 2} aria-level={line.depth + 1} aria-selected={selected ?? false}
      {...(line.kind === 'folder' && { 'aria-expanded': line.open })} style={{ transform: `translateY(${top}px)`, height }} onPointerDown={(event) => props.onPress(event, false)}>
      {line.kind === 'waiting' ? <div role="gridcell" className="list-name"><span className="skeleton" style={{ width: 180, height: 12 }} /></div>
        : line.kind === 'folder' ? <FolderCells {...props} line={line} /> : <ExperimentCells {...props} line={line} />}
    </div>
  )
}

const Box = ({ label, checked, onPress }: { label: string; checked: boolean; onPress(event: PointerEvent): void }): ReactNode => (
  <div role="gridcell" className="list-box" onPointerDown={(event) => { event.stopPropagation(); onPress(event) }}>
    <input type="checkbox" tabIndex={-1} aria-label={label} checked={checked} readOnly onClick={(event) => event.preventDefault()} />
  </div>
)

const indent = (depth: number): { paddingLeft: number } => ({ paddingLeft: 8 + depth * 18 })

function FolderCells({ line: { folder, depth, open }, selected, onPress, onToggle }: ListRowProps & { line: Extract<ListLine, { kind: 'folder' }> }): ReactNode {
  const name = folder.path.slice(folder.path.lastIndexOf('/', folder.path.length - 1) + 1)
  return (
    <>
      <Box label={words.selectFolder(folder.path)} checked={selected ?? false} onPress={(event) => onPress(event, true)} />
      <div role="gridcell" className="list-name" style={indent(depth)}>
        <button type="button" tabIndex={-1} className="list-folder" title={folder.path} onClick={onToggle}>
          <span className="list-arrow" data-open={open}><Icon name="right" /></span><Icon name="folder" /><b>{name === '' ? folder.path : name}</b>
        </button>
        <span className="list-inside">{words.inFolder(folder.experiments)}</span>
        <span className="list-brief">{folder.running > 0 && <><Running count={folder.running} /> · </>}<Time ms={Number(folder.last_activity)} /></span>
      </div>
      <div role="gridcell" className="list-runs">{folder.running > 0 && <span className="list-counts" aria-label={words.running(folder.running)} role="img"><Running count={folder.running} /></span>}</div>
      <div role="gridcell" className="list-trend" />
      <div role="gridcell" className="list-time"><Time ms={Number(folder.last_activity)} /></div>
      <div role="gridcell" className="list-tags" />
      <div role="gridcell" className="list-more" />
    </>
  )
}

const Running = ({ count }: { count: number }): ReactNode => <span className="count-running">{grouped(count)}</span>

function ExperimentCells({ line: { experiment, depth, inside }, archive, selected, onPress, onDetails, onTag }: ListRowProps & { line: Extract<ListLine, { kind: 'experiment' }> }): ReactNode {
  const { experiment_id, name, runs, running, failed, tags, note, trend } = experiment
  const own = inside === '' ? name : within(inside, name)
  return (
    <>
      <Box label={words.select(name)} checked={selected ?? false} onPress={(event) => onPress(event, true)} />
      <div role="gridcell" className="list-name" style={indent(depth)}>
        <span className="list-arrow" /><a href={href.experiment(experiment_id)} tabIndex={-1} title={name}>{own}</a>
        {note !== undefined && <span className="list-note" title={note}>{firstLine(note)}</span>}
        <span className="list-brief"><Counts {...experiment} brief /> · <Time ms={Number(experiment.last_activity)} /></span>
      </div>
      <div role="gridcell" className="list-runs"><span className="list-counts" role="img" aria-label={words.counts(runs, running, failed)}><Counts {...experiment} /></span></div>
      <div role="gridcell" className="list-trend">
        {trend !== undefined && trend.values.length > 0 && (
          <span role="img" aria-label={words.trend(trend.key, metric(trend.values.at(-1) as number), trend.values.length)} title={trend.key}>
            <Trend values={trend.values} /><span className="trend-value">{metric(trend.values.at(-1) as number)}</span><span className="trend-key">{trend.key}</span>
          </span>
        )}
      </div>
      <div role="gridcell" className="list-time"><Time ms={Number(archive ? experiment.last_update_time : experiment.last_activity)} /></div>
      <div role="gridcell" className="list-tags">
        {tags.slice(0, shownTags).map(({ key, value }) => (
          <button key={key} type="button" tabIndex={-1} className="chip" title={words.byTag(`${key}: ${value}`)} onPointerDown={(event) => event.stopPropagation()} onClick={() => onTag(key, value)}>
            <span className="chip-name">{key}</span>{value !== '' && <span className="chip-value">{value}</span>}
          </button>
        ))}
        {tags.length > shownTags && <span className="soft">+{tags.length - shownTags}</span>}
      </div>
      <div role="gridcell" className="list-more"><button type="button" tabIndex={-1} className="tool" aria-label={words.details(name)} title={words.details(name)} onPointerDown={(event) => event.stopPropagation()} onClick={onDetails}><Icon name="note" /></button></div>
    </>
  )
}

const Counts = ({ runs, running, failed, brief = false }: Pick<ExperimentSummary, 'runs' | 'running' | 'failed'> & { readonly brief?: boolean }): ReactNode => (
  <>{brief ? <span>{count(runs, 'run')}</span> : <b>{grouped(runs)}</b>}{running > 0 && <Running count={running} />}{failed > 0 && <span className="count-failed">{grouped(failed)}</span>}</>
)
