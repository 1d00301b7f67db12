import { cloneElement, useRef, useState, type ComponentProps, type MouseEvent, type ReactElement, type ReactNode } from 'react'
import { Beside } from './over.ts'

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
