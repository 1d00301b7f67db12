import { Tooltip, TooltipAnchor, TooltipProvider } from '@ariakit/react'
import { useEffect, useState, type ComponentProps, type ReactNode } from 'react'
import { Icon, type IconName } from './icon.tsx'

export interface ButtonProps extends Omit<ComponentProps<'button'>, 'type'> {
  readonly kind?: 'plain' | 'primary' | 'danger' | 'quiet'
  readonly size?: 'normal' | 'small'
  readonly icon?: IconName
  readonly type?: 'button' | 'submit'
}

export function Button({ kind = 'plain', size = 'normal', icon, type = 'button', children, ...rest }: ButtonProps): ReactNode {
  return <button {...rest} type={type} className="button" data-kind={kind} data-size={size}>{icon !== undefined && <Icon name={icon} />}{children !== undefined && <span>{children}</span>}</button>
}

/** Says at the pointer and at the keyboard what a picture means; `label` is its name for everybody. */
export function Hint({ text, children }: { text: ReactNode; children: ReactNode }): ReactNode {
  return (
    <TooltipProvider timeout={350} placement="bottom">
      <TooltipAnchor render={children as never} />
      <Tooltip className="tooltip" gutter={6} fixed portal={false}>{text}</Tooltip>
    </TooltipProvider>
  )
}

export interface IconButtonProps extends Omit<ComponentProps<'button'>, 'type' | 'aria-label'> {
  readonly icon: IconName
  readonly label: string
  /** Shown behind the label in the hint. */
  readonly shortcut?: string
  readonly pressed?: boolean
}

export function IconButton({ icon, label, shortcut, pressed, ...rest }: IconButtonProps): ReactNode {
  return (
    <TooltipProvider timeout={350} placement="bottom">
      <TooltipAnchor render={<button {...rest} type="button" className="tool" aria-label={label} {...(pressed !== undefined && { 'aria-pressed': pressed })} />}><Icon name={icon} /></TooltipAnchor>
      <Tooltip className="tooltip" gutter={6} fixed portal={false}>{label}{shortcut !== undefined && <kbd>{shortcut}</kbd>}</Tooltip>
    </TooltipProvider>
  )
}

/** Copies, and says so for a moment. */
export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }): ReactNode {
  const [done, setDone] = useState(false)
  useEffect(() => {
    if (!done) return
    const timer = setTimeout(() => setDone(false), 1500)
    return () => clearTimeout(timer)
  }, [done])
  return <IconButton icon={done ? 'check' : 'copy'} label={done ? 'Copied' : label} onClick={() => void navigator.clipboard.writeText(text).then(() => setDone(true))} />
}
