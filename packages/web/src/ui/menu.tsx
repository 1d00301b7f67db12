import { Menu as AriaMenu, MenuButton, MenuItem, MenuItemCheckbox, MenuProvider, MenuSeparator } from '@ariakit/react'
import type { ReactElement, ReactNode } from 'react'
import { Icon, type IconName } from './icon.tsx'

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

export function Menu({ label, button, entries }: MenuProps): ReactNode {
  return (
    <MenuProvider placement="bottom-end">
      <MenuButton render={button} />
      <AriaMenu className="menu" gutter={4} fixed portal={false} unmountOnHide aria-label={label}>
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
    </MenuProvider>
  )
}
