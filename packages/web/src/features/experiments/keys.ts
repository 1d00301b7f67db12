/** Where an experiment is kept that was read. */
export const experimentKey = (id: string): readonly unknown[] => ['experiment', id]
