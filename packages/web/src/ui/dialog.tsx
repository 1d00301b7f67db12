import { Dialog as AriaDialog, DialogDismiss, DialogHeading, Popover as AriaPopover, usePopoverStore } from '@ariakit/react'
import { cloneElement, useRef, useState, type ComponentProps, type MouseEvent, type ReactElement, type ReactNode, type RefObject } from 'react'
import { Icon } from './icon.tsx'
import { useAnchored } from './use-anchored.ts'
import { words } from './words.ts'

export interface DialogProps {
  readonly title: string
  readonly wide?: boolean
  readonly children: ReactNode
  /** Buttons at its foot, the one that acts last. */
  readonly actions?: ReactNode
  onClose(): void
}

/** Is there as long as it is drawn. Escape and a click beside it close it. */
export function Dialog({ title, wide = false, children, actions, onClose }: DialogProps): ReactNode {
  return (
    <AriaDialog open onClose={onClose} className="modal" data-wide={wide} backdrop={<div className="modal-backdrop" />}>
      <header><DialogHeading className="modal-title">{title}</DialogHeading><DialogDismiss className="tool" aria-label={words.close}><Icon name="close" /></DialogDismiss></header>
      <div className="modal-body">{children}</div>
      {actions !== undefined && <footer>{actions}</footer>}
    </AriaDialog>
  )
}

/** Who takes back what was done in it, in a toast, stays in it. */
const notToast = ({ target }: Event | { readonly target: EventTarget }): boolean => (target as Element | null)?.closest?.('.toasts') == null

export interface PopoverProps {
  readonly label: string
  readonly button: ReactElement
  readonly children: ReactNode
  readonly open?: boolean
  readonly wide?: boolean
  readonly placement?: 'bottom-start' | 'bottom-end'
  onOpen?(open: boolean): void
}

/** What a button shows beside it, without taking the page away. Until it is opened only the button is there. */
export function Popover({ label, button, children, open, wide = false, placement = 'bottom-start', onOpen }: PopoverProps): ReactNode {
  const [opened, setOpened] = useState(false)
  const anchor = useRef<HTMLButtonElement>(null)
  const isOpen = open ?? opened
  const change = (next: boolean): void => {
    setOpened(next)
    onOpen?.(next)
  }
  const { onClick } = button.props as ComponentProps<'button'>
  return (
    <>
      {cloneElement(button as ReactElement<ComponentProps<'button'>>, {
        ref: anchor, 'aria-haspopup': 'dialog', 'aria-expanded': isOpen, onClick: (event: MouseEvent<HTMLButtonElement>) => { onClick?.(event); change(!isOpen) },
      })}
      {isOpen && <Beside {...{ label, wide, placement, anchor }} onClose={() => change(false)}>{children}</Beside>}
    </>
  )
}

function Beside({ label, wide, placement, anchor, onClose, children }: Pick<PopoverProps, 'label' | 'wide' | 'placement' | 'children'> & { anchor: RefObject<HTMLButtonElement | null>; onClose(): void }): ReactNode {
  const store = usePopoverStore({ placement: placement!, open: true, setOpen: (next) => { if (!next) onClose() } })
  useAnchored(store, anchor)
  return (
    <AriaPopover store={store} className="popover" data-wide={wide} gutter={4} fixed portal={false} unmountOnHide aria-label={label} hideOnInteractOutside={notToast}>
      {children}
    </AriaPopover>
  )
}
