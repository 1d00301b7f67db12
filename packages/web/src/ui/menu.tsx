import { cloneElement, useRef, useState, type ComponentProps, type KeyboardEvent, type MouseEvent, type ReactElement, type ReactNode } from 'react'
import { Entries } from './over.ts'
import type { MenuEntry, MenuFocus } from './over/entries.tsx'

export type { MenuEntry } from './over/entries.tsx'

export interface MenuProps {
  readonly label: string
  /** The button that opens it. */
  readonly button: ReactElement
  readonly entries: readonly MenuEntry[]
}

/** Only its button is there until it is opened: a table has one for each of its columns. */
export function Menu({ label, button, entries }: MenuProps): ReactNode {
  const [open, setOpen] = useState<MenuFocus>()
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
