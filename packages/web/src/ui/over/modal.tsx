import { Dialog as AriaDialog, DialogDismiss, DialogHeading } from '@ariakit/react'
import type { ReactNode } from 'react'
import { Icon } from '../icon.tsx'
import { words } from '../words.ts'

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
