/** Where the counts of an experiment's comments are kept, by panel. */
export const commentCountsKey = (experiment: string): readonly string[] => ['comment counts', experiment]
