import { useEffect, useRef, type ReactNode, type Ref } from 'react'
import type { Picture, Theme } from '@cairn/charts'
import { copyAndSay, copyPictureAndSay } from '../../ui/clipboard.ts'
import { Icon } from '../../ui/icon.tsx'
import { Menu, type MenuEntry } from '../../ui/menu.tsx'
import { toast } from '../../ui/toast.tsx'
import { PanelComments } from '../comments/comments.tsx'
import { Grip } from './slot.tsx'
import { fileName, pngOf, save, svgOf } from './save.ts'
import { words } from './words.ts'

export interface PanelFrameProps {
  readonly ref?: Ref<HTMLElement>
  readonly title: string
  readonly metric?: string
  readonly note: ReactNode
  readonly children: ReactNode
  readonly busy?: boolean
  readonly full: boolean
  onFull(full: boolean): void
  readonly items: readonly MenuEntry[]
  /** Buttons of one's own before those that every panel has. */
  readonly tools?: ReactNode
  picture?(): Picture
  /** May have to be read first. */
  csv(): string | Promise<string>
  python?(): string
}

/** What every panel has: a name, a menu with the ways to take it away, full screen, a line below. */
export function PanelFrame({ ref, title, metric, note, children, busy, full, onFull, items, tools, picture, csv, python }: PanelFrameProps): ReactNode {
  const figure = useRef<HTMLElement>(null)
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => { if (full) dialog.current?.showModal() }, [full])
  const theme: Theme = { color: (name) => colorOf(figure.current!, name) }
  const actions: MenuEntry[] = [
    ...items, ...(items.length === 0 || items.at(-1) === 'line' ? [] : ['line' as const]),
    ...(picture === undefined ? [] : [
      { label: words.saveAsPng, act: () => void pngOf(picture(), theme).then((blob) => save(fileName(title, 'png'), blob)) },
      { label: words.saveAsSvg, act: () => save(fileName(title, 'svg'), svgOf(picture(), theme)) },
    ]),
    { label: words.saveAsCsv, act: () => void saveCsv(title, csv) }, 'line',
    ...(picture === undefined ? [] : [
      { label: words.copyAsPng, act: () => copyPictureAndSay(pngOf(picture(), theme)) },
      { label: words.copyAsSvg, act: () => copyAndSay(svgOf(picture(), theme).text()) },
    ]),
    { label: words.copyAsCsv, act: () => copyAndSay(Promise.resolve(csv())) },
    ...(python === undefined ? [] : [{ label: words.copyAsPython, act: () => copyAndSay(python()) }]),
  ]
  const Head = full ? 'div' : 'figcaption'
  const head = (
    <Head className="panel-head">
      <b title={title}>{title}</b>
      <span className="panel-tools">
        {tools}
        <PanelComments panel={metric ?? title} />
        {!full && <Grip title={title} />}
        <Menu label={words.menuOf(title)} entries={actions} button={<button type="button" className="tool" aria-label={words.menuOf(title)} title={words.menu}><Icon name="more" /></button>} />
        <button type="button" className="tool" data-full="" aria-label={full ? words.leaveFullScreen : words.onTheFullScreen(title)} title={full ? words.leaveFullScreenEsc : words.fullScreenF} onClick={() => (full ? dialog.current!.close() : onFull(true))}><Icon name={full ? 'shrink' : 'expand'} /></button>
      </span>
    </Head>
  )
  const body = <>{head}<div className="panel-body">{children}</div><div className="note">{typeof note === 'string' ? <span>{note}</span> : note}</div></>
  return (
    <figure ref={(element) => { figure.current = element; if (typeof ref === 'function') ref(element); else if (ref) ref.current = element }} className="chart panel" {...(metric !== undefined && { 'data-metric': metric })} {...(busy === true && { 'aria-busy': true })}>
      {full
        ? <><div className="plot" /><dialog ref={dialog} className="panel-dialog" aria-label={title} onClose={() => onFull(false)}><div className="chart panel">{body}</div></dialog></>
        : body}
    </figure>
  )
}

async function saveCsv(title: string, csv: PanelFrameProps['csv']): Promise<void> {
  try {
    save(fileName(title, 'csv'), new Blob([await csv()], { type: 'text/csv' }))
  } catch (error) {
    toast({ kind: 'bad', text: (error as Error).message })
  }
}

function colorOf(element: HTMLElement, name: string): string {
  const probe = document.createElement('span')
  probe.style.color = `var(${name})`
  element.append(probe)
  const { color } = getComputedStyle(probe)
  probe.remove()
  return color
}
