import { Popover as AriaPopover, usePopoverStore } from '@ariakit/react'
import type { ReactNode, RefObject } from 'react'
import { useAnchored } from './use-anchored.ts'

/** Who takes back what was done in it, in a toast, stays in it. */
const notToast = ({ target }: Event | { readonly target: EventTarget }): boolean => (target as Element | null)?.closest?.('.toasts') == null

export interface BesideProps {
  readonly label: string
  readonly wide: boolean
  readonly placement: 'bottom-start' | 'bottom-end'
  readonly children: ReactNode
  readonly anchor: RefObject<HTMLButtonElement | null>
  onClose(): void
}

/** What a popover shows when it is open. */
export function Beside({ label, wide, placement, anchor, onClose, children }: BesideProps): ReactNode {
  const store = usePopoverStore({ placement, open: true, setOpen: (next) => { if (!next) onClose() } })
  useAnchored(store, anchor)
  return (
    <AriaPopover store={store} className="popover" data-wide={wide} gutter={4} fixed portal={false} unmountOnHide aria-label={label} hideOnInteractOutside={notToast}>
      {children}
    </AriaPopover>
  )
}
