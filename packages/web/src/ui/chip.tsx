import type { ReactNode } from 'react'
import { Icon } from './icon.tsx'
import { words } from './words.ts'

export interface ChipProps {
  readonly name: string
  readonly value?: string
  readonly href?: string
  onRemove?(): void
}

/** A tag, or anything else of a key and a short value. */
export function Chip({ name, value, href, onRemove }: ChipProps): ReactNode {
  const text = <><span className="chip-name">{name}</span>{value !== undefined && value !== '' && <span className="chip-value">{value}</span>}</>
  return (
    <span className="chip" title={value === undefined ? name : `${name}: ${value}`}>
      {href === undefined ? text : <a href={href}>{text}</a>}
      {onRemove !== undefined && <button type="button" aria-label={words.remove(name)} onClick={onRemove}><Icon name="close" /></button>}
    </span>
  )
}

/** Stands where something will be, and is as large. */
export const Skeleton = ({ width = '100%', height = '1em' }: { width?: string | number; height?: string | number }): ReactNode => <span className="skeleton" aria-hidden="true" style={{ width, height }} />
