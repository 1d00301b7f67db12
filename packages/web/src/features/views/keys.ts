/** Where the views of an experiment, or of several with commas between, are kept. */
export const viewsKey = (experiment: string, who: string): readonly string[] => ['views', experiment, who]
