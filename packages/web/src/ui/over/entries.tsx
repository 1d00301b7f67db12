import { Menu as AriaMenu, MenuItem, MenuItemCheckbox, MenuSeparator, useMenuStore } from '@ariakit/react'
import type { ReactNode, RefObject } from 'react'
import { Icon } from '../icon.tsx'
import type { MenuFocus, MenuProps } from '../menu.tsx'
import { useAnchored } from './use-anchored.ts'

export interface EntriesProps extends Pick<MenuProps, 'label' | 'entries'> {
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
