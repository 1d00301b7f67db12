import type { Look } from '@cairn/charts'

/** Colours by custom property (`--series-0` …), told apart by colour-blind people too; a test measures it. */
export const seriesColors = 10
/** When the colours are used up, the lines change their pattern. */
export const dashes: readonly (readonly number[])[] = [[], [7, 4], [2, 3], [9, 3, 2, 3]]

/** All that can be told apart. */
export const looks: readonly Look[] = Array.from({ length: seriesColors * dashes.length }, (_, index) => ({ color: `--series-${index % seriesColors}`, dash: dashes[Math.floor(index / seriesColors)]! }))

/** How the `index`th run is drawn. */
export const lookOf = (index: number): Look => looks[index % looks.length]!
