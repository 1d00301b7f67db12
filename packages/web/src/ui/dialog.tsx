import { Dialog as AriaDialog, DialogDismiss, DialogHeading, Popover as AriaPopover, PopoverDisclosure, PopoverProvider } from '@ariakit/react'
import type { ReactElement, ReactNode } from 'react'
import { Icon } from './icon.tsx'

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
      <header><DialogHeading className="modal-title">{title}</DialogHeading><DialogDismiss className="tool" aria-label="Close"><Icon name="close" /></DialogDismiss></header>
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

/** What a button shows beside it, without taking the page away. */
export function Popover({ label, button, children, open, wide = false, placement = 'bottom-start', onOpen }: PopoverProps): ReactNode {
  return (
    <PopoverProvider placement={placement} {...(open !== undefined && { open })} setOpen={(next) => onOpen?.(next)}>
      <PopoverDisclosure render={button} />
      <AriaPopover className="popover" data-wide={wide} gutter={4} fixed portal={false} unmountOnHide aria-label={label} hideOnInteractOutside={notToast}>
        {children}
      </AriaPopover>
    </PopoverProvider>
  )
}
