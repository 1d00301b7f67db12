/** Where the counts of the comments of an experiment or a run are kept, by panel. */
export const commentCountsKey = (of: string): readonly string[] => ['comment counts', of]
