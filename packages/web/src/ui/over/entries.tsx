import { Menu as AriaMenu, MenuItem, MenuItemCheckbox, MenuSeparator, useMenuStore } from '@ariakit/react'
import type { ReactNode, RefObject } from 'react'
import { Icon, type IconName } from '../icon.tsx'
import { useAnchored } from './use-anchored.ts'

export type MenuEntry =
  | 'line'
  | {
    readonly label: string
    readonly icon?: IconName
    readonly shortcut?: string
    readonly danger?: boolean
    readonly disabled?: boolean
    /** For what is on or off. */
    readonly checked?: boolean
    /** For what leads to another page. */
    readonly href?: string
    act?(): void
  }

/** What is focused when it opens: an entry where the keyboard opened it. */
export type MenuFocus = 'first' | 'last' | 'container'

export interface EntriesProps {
  readonly label: string
  readonly entries: readonly MenuEntry[]
  readonly anchor: RefObject<HTMLElement | null>
  readonly focus: MenuFocus
  onClose(): void
}

/** What a menu shows when it is open. */
export function Entries({ label, entries, anchor, focus, onClose }: EntriesProps): ReactNode {
  const store = useMenuStore({ placement: 'bottom-end', open: true, setOpen: (open) => { if (!open) onClose() } })
  useAnchored(store, anchor, () => {
    store.setInitialFocus(focus)
    store.setAutoFocusOnShow(true)
  })
  return (
    <AriaMenu store={store} className="menu" gutter={4} fixed portal={false} unmountOnHide aria-label={label}>
      {entries.map((entry, index) => {
        if (entry === 'line') return <MenuSeparator key={index} className="menu-line" />
        const inner = <>{entry.icon !== undefined && <Icon name={entry.icon} />}<span>{entry.label}</span>{entry.shortcut !== undefined && <kbd>{entry.shortcut}</kbd>}</>
        if (entry.checked !== undefined) {
          return (
            <MenuItemCheckbox key={index} className="menu-item" name={`item-${index}`} checked={entry.checked} hideOnClick={false} disabled={entry.disabled ?? false} onClick={() => entry.act?.()}>
              <span className="menu-check">{entry.checked && <Icon name="check" />}</span>{inner}
            </MenuItemCheckbox>
          )
        }
        return (
          <MenuItem key={index} className="menu-item" data-danger={entry.danger} disabled={entry.disabled ?? false} onClick={() => entry.act?.()} {...(entry.href !== undefined && { render: <a href={entry.href}>{inner}</a> })}>
            {entry.href === undefined && inner}
          </MenuItem>
        )
      })}
    </AriaMenu>
  )
}
