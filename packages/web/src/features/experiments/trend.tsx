import type { ReactNode } from 'react'

const width = 88
const height = 22
const edge = 3

/** How a metric goes from run to run, at the size of a word; the last one has a dot. Its values are told elsewhere. */
export function Trend({ values }: { values: readonly unknown[] }): ReactNode {
  const numbers = values.map(Number)
  const finite = numbers.filter(Number.isFinite)
  if (finite.length === 0) return <span className="trend" />
  const [low, high] = [Math.min(...finite), Math.max(...finite)]
  const x = (at: number): number => (numbers.length === 1 ? width - edge : edge + at / (numbers.length - 1) * (width - 2 * edge))
  const y = (value: number): number => (high === low ? height / 2 : edge + (high - value) / (high - low) * (height - 2 * edge))
  let pen = 'M'
  let path = ''
  for (const [at, value] of numbers.entries()) {
    if (Number.isFinite(value)) path += `${pen}${x(at).toFixed(1)} ${y(value).toFixed(1)}`
    // What is no number leaves a gap.
    pen = Number.isFinite(value) ? 'L' : 'M'
  }
  const last = numbers.length - 1
  return (
    <svg className="trend" viewBox={`0 0 ${width} ${height}`} width={width} height={height} aria-hidden="true">
      <path d={path} />
      {Number.isFinite(numbers[last]) && <circle cx={x(last)} cy={y(numbers[last]!)} r="2.2" />}
    </svg>
  )
}
