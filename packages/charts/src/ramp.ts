/** Viridis (van der Walt and Smith, 2015): even to the eye, readable in grey and without a kind of cone. */
const viridis = [[68, 1, 84], [72, 40, 120], [62, 74, 137], [49, 104, 142], [38, 130, 142], [31, 158, 137], [53, 183, 121], [110, 206, 88], [181, 222, 43], [253, 231, 37]] as const

/** The colour of a part, 0 to 1, of a scale. The ends that a light or dark ground would swallow are left out. */
export function rampColor(part: number): string {
  const at = Math.min(1, Math.max(0, part)) * 0.86 + 0.06
  const place = at * (viridis.length - 1)
  const below = Math.min(viridis.length - 2, Math.floor(place))
  const mix = viridis[below]!.map((from, channel) => Math.round(from + (viridis[below + 1]![channel]! - from) * (place - below)))
  return `rgb(${mix.join(', ')})`
}

/** What text on the colour of a part is written in: white below the part at which black reads as well, 4.5:1 at least everywhere. */
export const rampText = (part: number): string => (part < 0.435 ? '#ffffff' : '#000000')

/** As many colours as steps, from the lowest to the highest. */
export const rampSteps = (steps: number): string[] => Array.from({ length: steps }, (_, at) => rampColor(steps === 1 ? 0.5 : at / (steps - 1)))
