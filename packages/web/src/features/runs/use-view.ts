import { useEffect, useSyncExternalStore } from 'react'
import { go, workspaceViews, type WorkspaceView } from '../../app/router.ts'

const viewKey = 'cairn:view'
const partKey = 'cairn:part'
/** Beside each other, table and charts need so much. */
const wide = '(min-width: 1000px)'
const usualPart = 0.58

const useWide = (): boolean => useSyncExternalStore((changed) => {
  const query = matchMedia(wide)
  query.addEventListener('change', changed)
  return () => query.removeEventListener('change', changed)
}, () => matchMedia(wide).matches)

const watchers = new Set<() => void>()
const keptPart = (): number => {
  const part = Number(localStorage.getItem(partKey) ?? usualPart)
  return part > 0 && part < 1 ? part : usualPart
}

/** How table and charts shared the page last in this browser. */
export const keptView = (): WorkspaceView => workspaceViews.find((one) => one === localStorage.getItem(viewKey)) ?? 'both'

/** The address with another view in it. */
export function viewAddress(view: WorkspaceView): string {
  const query = new URLSearchParams(location.search)
  query.set('view', view)
  return `${location.pathname}?${query.toString()}`
}

export interface View {
  readonly view: WorkspaceView
  /** Share of the width that the table has. */
  readonly part: number
  /** Whether both fit beside each other. */
  readonly wide: boolean
  move(part: number): void
}

/**
 * How table and charts share the page: as the address says, else as it was last. Where they do not fit
 * beside each other, one of them is shown.
 */
export function useView(asked: WorkspaceView | undefined): View {
  const isWide = useWide()
  const part = useSyncExternalStore((changed) => { watchers.add(changed); return () => void watchers.delete(changed) }, keptPart)
  const wanted = asked ?? keptView()
  // What a narrow window showed is not what a wide one was left with.
  useEffect(() => { if (asked !== undefined && isWide) localStorage.setItem(viewKey, asked) }, [asked, isWide])
  const view = isWide || wanted !== 'both' ? wanted : 'table'
  return {
    view, wide: isWide, part: view === 'table' ? 1 : view === 'charts' ? 0 : part,
    move(next) {
      const to: WorkspaceView = next === 0 ? 'charts' : next === 1 ? 'table' : 'both'
      if (to === 'both') {
        localStorage.setItem(partKey, String(next))
        for (const changed of watchers) changed()
      }
      if (to !== view) go(viewAddress(to), 'replace')
    },
  }
}
