import { Combobox as AriaCombobox, ComboboxItem, ComboboxList, ComboboxPopover, ComboboxProvider } from '@ariakit/react'
import type { ReactNode } from 'react'

export interface Option {
  readonly value: string
  readonly label?: ReactNode
  /** At the right, in pale. */
  readonly note?: ReactNode
}

export interface ComboboxProps {
  readonly label: string
  readonly value: string
  /** Those that fit what is typed: whoever uses it finds them. */
  readonly options: readonly Option[]
  readonly placeholder?: string
  readonly mono?: boolean
  readonly autoFocus?: boolean
  onChange(text: string): void
  /** One of the options was taken, or Enter pressed on what is typed. */
  onTake?(value: string): void
}

/** A text with proposals below it. */
export function Combobox({ label, value, options, placeholder, mono = false, autoFocus = false, onChange, onTake }: ComboboxProps): ReactNode {
  return (
    <ComboboxProvider value={value} setValue={onChange} setSelectedValue={(taken) => { if (typeof taken === 'string' && taken !== '') onTake?.(taken) }} selectedValue="">
      <AriaCombobox className={mono ? 'field mono' : 'field'} aria-label={label} placeholder={placeholder} autoFocus={autoFocus} autoSelect spellCheck={false} />
      <ComboboxPopover className="menu options" gutter={4} fixed portal={false} sameWidth unmountOnHide aria-label={label}>{options.map((option) => <Proposal key={option.value} {...option} />)}</ComboboxPopover>
    </ComboboxProvider>
  )
}

const Proposal = ({ value, label, note }: Option): ReactNode => (
  <ComboboxItem value={value} className="menu-item" focusOnHover setValueOnClick={false}><span>{label ?? value}</span>{note !== undefined && <span className="soft">{note}</span>}</ComboboxItem>
)

/** The same with the proposals always in sight, for a dialog or a popover. */
export function OptionList({ label, value, options, placeholder, onChange, onTake, children }: ComboboxProps & { children?: ReactNode }): ReactNode {
  return (
    <ComboboxProvider open value={value} setValue={onChange} setSelectedValue={(taken) => { if (typeof taken === 'string' && taken !== '') onTake?.(taken) }} selectedValue="">
      <AriaCombobox className="field" aria-label={label} placeholder={placeholder} autoFocus autoSelect="always" spellCheck={false} />
      {children}
      <ComboboxList className="option-list" alwaysVisible aria-label={label}>{options.map((option) => <Proposal key={option.value} {...option} />)}</ComboboxList>
    </ComboboxProvider>
  )
}
