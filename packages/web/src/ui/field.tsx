import type { ComponentProps, ReactNode } from 'react'
import { Icon } from './icon.tsx'
import { useFew } from './use-few.ts'

/** Dialogs look for this when they open; React writes no attribute for `autoFocus`, and the button that closes them would have the keyboard. */
export const focusedFirst = ({ autoFocus = false }: { readonly autoFocus?: boolean | undefined }): { readonly 'data-autofocus'?: true } => (autoFocus ? { 'data-autofocus': true } : {})

export interface TextFieldProps extends Omit<ComponentProps<'input'>, 'className'> {
  readonly label: string
  /** Whether the label is seen, or only told. */
  readonly showLabel?: boolean
  readonly error?: string | undefined
  readonly mono?: boolean
}

export function TextField({ label, showLabel = false, error, mono = false, id = label.replaceAll(/\W+/g, '-'), ...rest }: TextFieldProps): ReactNode {
  return (
    <div className="text-field">
      <label htmlFor={id} className={showLabel ? 'field-label' : 'visually-hidden'}>{label}</label>
      <input {...rest} {...focusedFirst(rest)} id={id} className={mono ? 'field mono' : 'field'} aria-invalid={error !== undefined} {...(error !== undefined && { 'aria-describedby': `${id}-error` })} />
      {error !== undefined && <p id={`${id}-error`} className="field-error" role="alert">{error}</p>}
    </div>
  )
}

export interface SearchFieldProps extends Omit<ComponentProps<'input'>, 'onChange' | 'type' | 'className' | 'aria-label'> {
  readonly label: string
  onChange(text: string): void
}

export function SearchField({ label, onChange, ...rest }: SearchFieldProps): ReactNode {
  return <div className="search-field"><Icon name="search" /><input {...rest} {...focusedFirst(rest)} type="search" className="field" aria-label={label} autoComplete="off" spellCheck={false} onChange={(event) => onChange(event.target.value)} /></div>
}

export interface SelectProps<T extends string> {
  readonly label: string
  readonly showLabel?: boolean
  readonly value: T
  readonly options: readonly (readonly [value: T, text: string])[]
  onChange(value: T): void
}

/** The browser's own list: nothing else is as good with a keyboard, a screen reader and a thumb. */
export function Select<T extends string>({ label, showLabel = true, value, options, onChange }: SelectProps<T>): ReactNode {
  const { shown, opening } = useFew(options, ([option]) => option === value)
  return (
    <label className="choice"><span className={showLabel ? undefined : 'visually-hidden'}>{label}</span>
      <span className="select"><select {...opening} value={value} onChange={(event) => onChange(event.target.value as T)}>{shown.map(([option, text]) => <option key={option} value={option}>{text}</option>)}</select><Icon name="down" /></span>
    </label>
  )
}

export function Checkbox({ label, checked, onChange, mixed = false, hideLabel = false, ...rest }: { label: string; checked: boolean; mixed?: boolean; hideLabel?: boolean; onChange(checked: boolean): void } & Omit<ComponentProps<'input'>, 'onChange' | 'checked' | 'type'>): ReactNode {
  return (
    <label className="checkbox">
      <input {...rest} type="checkbox" checked={checked} ref={(element) => { if (element !== null) element.indeterminate = mixed }} onChange={(event) => onChange(event.target.checked)} />
      <span className={hideLabel ? 'visually-hidden' : undefined}>{label}</span>
    </label>
  )
}
