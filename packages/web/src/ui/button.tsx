import { cloneElement, useEffect, useState, type ComponentProps, type ReactElement, type ReactNode } from 'react'
import { copyText } from './clipboard.ts'
import { Icon, type IconName } from './icon.tsx'
import { toast } from './toast.tsx'
import { words } from './words.ts'

export interface ButtonProps extends Omit<ComponentProps<'button'>, 'type'> {
  readonly kind?: 'plain' | 'primary' | 'danger' | 'quiet'
  readonly size?: 'normal' | 'small'
  readonly icon?: IconName
  readonly type?: 'button' | 'submit'
  /** Why it does nothing here: said at the pointer, and when it is pressed. */
  readonly refused?: string | undefined
}

export function Button({ kind = 'plain', size = 'normal', icon, type = 'button', refused, children, ...rest }: ButtonProps): ReactNode {
  const instead = refused !== undefined && { 'aria-disabled': true, 'aria-description': refused, 'data-hint': refused, onClick: () => toast({ kind: 'bad', text: refused }) }
  return <button {...rest} {...instead} type={type} className="button" data-kind={kind} data-size={size}>{icon !== undefined && <Icon name={icon} />}{children !== undefined && <span>{children}</span>}</button>
}

/** Says at the pointer and at the keyboard what a picture means; `Hints` shows it, once for the page. */
export const Hint = ({ text, children }: { text: string; children: ReactElement }): ReactNode => cloneElement(children as ReactElement<Record<string, unknown>>, { 'data-hint': text, 'aria-description': text })

export interface IconButtonProps extends Omit<ComponentProps<'button'>, 'type' | 'aria-label'> {
  readonly icon: IconName
  readonly label: string
  /** Shown behind the label in the hint. */
  readonly shortcut?: string
  readonly pressed?: boolean
}

/** A picture that is a button; `label` is its name for everybody. */
export function IconButton({ icon, label, shortcut, pressed, ...rest }: IconButtonProps): ReactNode {
  return <button {...rest} type="button" className="tool" aria-label={label} data-hint={label} data-hint-keys={shortcut} {...(pressed !== undefined && { 'aria-pressed': pressed })}><Icon name={icon} /></button>
}

/** Copies, and says so for a moment. */
export function CopyButton({ text, label = words.copy }: { text: string; label?: string }): ReactNode {
  const [done, setDone] = useState(false)
  useEffect(() => {
    if (!done) return
    const timer = setTimeout(() => setDone(false), 1500)
    return () => clearTimeout(timer)
  }, [done])
  return <IconButton icon={done ? 'check' : 'copy'} label={done ? words.copied : label} onClick={() => void copyText(text).then(() => setDone(true))} />
}
