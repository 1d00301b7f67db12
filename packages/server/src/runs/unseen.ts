const unseen = Symbol('unseen')

interface Marked {
  readonly [unseen]?: readonly string[]
}

/** A request with those of its runs that are not there for its caller: they are treated like runs that there are not. No request can say this of itself. */
export const withUnseen = <T extends object>(input: T, runIds: readonly string[]): T => (runIds.length === 0 ? input : { ...input, [unseen]: [...unseenIn(input), ...runIds] })

export const unseenIn = (input: object): readonly string[] => (input as Marked)[unseen] ?? []
