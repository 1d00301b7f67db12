import { Popover, PopoverProvider } from '@ariakit/react'
import type { ReactNode } from 'react'
import { looks, seriesColors } from '../../../ui/looks.ts'
import { Swatch } from '../../../ui/palette.tsx'
import { words } from './words.ts'

export interface ColorChoiceProps {
  readonly name: string
  /** Where it opens. */
  readonly anchor: HTMLElement
  /** The place among the looks that was chosen; undefined where the run has its usual one. */
  readonly chosen: number | undefined
  onChoose(place: number | undefined): void
  onClose(): void
}

/** All looks that a run can have: colours that colour-blind people tell apart, in four patterns of line. */
export function ColorChoice({ name, anchor, chosen, onChoose, onClose }: ColorChoiceProps): ReactNode {
  return (
    <PopoverProvider open placement="bottom-start" setOpen={(open) => { if (!open) onClose() }}>
      <Popover getAnchorRect={() => anchor.getBoundingClientRect()} className="popover color-choice" gutter={4} fixed portal={false} aria-label={words.color(name)}>
        <div className="color-looks" role="group" aria-label={words.color(name)}>
          {looks.map((look, place) => (
            <button key={place} type="button" aria-pressed={place === chosen} aria-label={words.lookName(place % seriesColors, Math.floor(place / seriesColors))} onClick={() => onChoose(place)}><Swatch look={look} /></button>
          ))}
        </div>
        <button type="button" className="button" data-size="small" onClick={() => onChoose(undefined)}>{words.usualLook}</button>
      </Popover>
    </PopoverProvider>
  )
}
