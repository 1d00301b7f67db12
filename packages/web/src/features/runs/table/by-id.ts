/** Runs that a question names by their ids: of more, its filter would grow too long. */
export const mostNamed = 200

export const inList = (ids: readonly string[]): string => `attributes.run_id IN (${ids.map((id) => `'${id.replaceAll("'", '')}'`).join(', ')})`

/** Ids by as many as one question takes. */
export const chunksOf = (ids: readonly string[]): string[][] => Array.from({ length: Math.ceil(ids.length / mostNamed) }, (_, at) => ids.slice(at * mostNamed, (at + 1) * mostNamed))
