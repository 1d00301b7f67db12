import { useState, type ReactNode } from 'react'
import { words } from '../words.ts'

export interface Side {
  readonly url: string
  readonly label: string
}

/** Two images over each other, and a slider that says how much of the left one is seen. */
export function CompareSlider({ left, right, style, onFail }: { left: Side; right: Side; style?: { width: number; height: number } | undefined; onFail?(label: string): void }): ReactNode {
  const [part, setPart] = useState(50)
  return (
    <div className="compare-slider">
      <div className="compare-images">
        <img src={right.url} alt={right.label} style={style} onError={() => onFail?.(right.label)} />
        <img className="compare-over" src={left.url} alt={left.label} style={{ ...style, clipPath: `inset(0 ${100 - part}% 0 0)` }} onError={() => onFail?.(left.label)} />
        <span className="compare-line" style={{ left: `${part}%` }} />
      </div>
      <input type="range" min="0" max="100" value={part} aria-label={words.howMuchOfIsSeen(left.label, right.label)} onChange={(event) => setPart(Number(event.target.value))} />
      <div className="compare-names"><span>{left.label}</span><span>{right.label}</span></div>
    </div>
  )
}
