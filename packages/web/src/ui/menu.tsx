import { Menu as AriaMenu, MenuItem, MenuItemCheckbox, MenuSeparator, useMenuStore } from '@ariakit/react'
import { cloneElement, useRef, useState, type ComponentProps, type KeyboardEvent, type MouseEvent, type ReactElement, type ReactNode, type RefObject } from 'react'
import { Icon, type IconName } from './icon.tsx'
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

export interface MenuProps {
  readonly label: string
  /** The button that opens it. */
  readonly button: ReactElement
  readonly entries: readonly MenuEntry[]
}

/** What is focused when it opens: an entry where the keyboard opened it. */
type Focus = 'first' | 'last' | 'container'

/** Only its button is there until it is opened: a table has one for each of its columns. */
export function Menu({ label, button, entries }: MenuProps): ReactNode {
  const [open, setOpen] = useState<Focus>()
  const anchor = useRef<HTMLButtonElement>(null)
  const { onClick } = button.props as ComponentProps<'button'>
  const trigger = cloneElement(button as ReactElement<ComponentProps<'button'>>, {
    ref: anchor, 'aria-haspopup': 'menu', 'aria-expanded': open !== undefined,
    onClick: (event: MouseEvent<HTMLButtonElement>) => {
      onClick?.(event)
      setOpen(open !== undefined ? undefined : event.detail === 0 ? 'first' : 'container')
    },
    onKeyDown: (event: KeyboardEvent<HTMLButtonElement>) => {
      const focus = event.key === 'ArrowDown' ? 'first' : event.key === 'ArrowUp' ? 'last' : undefined
      if (focus === undefined) return
      event.preventDefault()
      setOpen(focus)
    },
  })
  return <>{trigger}{open !== undefined && <Entries label={label} entries={entries} anchor={anchor} focus={open} onClose={() => setOpen(undefined)} />}</>
}

function Entries({ label, entries, anchor, focus, onClose }: Pick<MenuProps, 'label' | 'entries'> & { anchor: RefObject<HTMLElement | null>; focus: Focus; onClose(): void }): ReactNode {
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
