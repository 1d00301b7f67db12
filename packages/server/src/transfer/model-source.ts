/** The logged model that a version was made of: `models:/m-…` names it. */
export const loggedModelOf = (source: string): string | null => /^models:\/(m-[0-9a-f]{32})$/.exec(source)?.[1] ?? null
