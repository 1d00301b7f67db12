/** What panels of files say. */
export const words = {
  run: 'Run', step: 'Step', loading: 'Loading…', noFile: 'Choose a file of the runs', noRuns: 'No run is drawn.', noImages: 'These runs have no images. They are logged with mlflow.log_image(image, key="samples", step=step).',
  noKey: (key: string): string => `No image is called ${key}.`, noImage: 'none yet', noSuchImage: 'This run has none', writeText: 'Write Markdown in “Change…”, or name a file of the runs.',
  onlyPicture: 'Pictures, as autologging writes them: their numbers are not logged. A table of labels and scores gives a chart.',
  actual: 'Actual', predicted: 'Predicted', chance: 'Chance',
} as const
