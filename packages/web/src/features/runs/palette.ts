/** Colours by custom property, after Okabe and Ito: told apart by colour-blind people too. */
const colors = 8
/** When the colours are used up, the lines change their pattern. */
const dashes: readonly (readonly number[] | undefined)[] = [undefined, [7, 4], [2, 3], [9, 3, 2, 3]]

export interface Look {
  readonly color: string
  readonly dash: readonly number[] | undefined
}

/** How the `index`th run is drawn. */
export const lookOf = (index: number): Look => ({ color: `--series-${index % colors}`, dash: dashes[Math.floor(index / colors) % dashes.length] })
