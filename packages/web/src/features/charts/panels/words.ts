/** What the panels of runs say, in one place, ready to be translated. */
export const words = {
  title: 'Panels', add: 'Add a panel', edit: 'Change…', remove: 'Remove', asTable: 'Show as a table', asChart: 'Show as a chart', byCorrelation: 'Order axes by correlation with the last',
  keys: 'Arrow keys go from one to the next; with Shift they choose the part between; Space chooses what the cursor is at, Enter opens it; Escape lets go; f shows the chart on the full screen. The menu of each chart shows it as a table.',
  chosen: (some: number, all: number): string => `${some.toLocaleString('en')} of ${all.toLocaleString('en')} runs chosen`,
  linesOf: (some: number): string => `lines of the newest ${some}`, letGo: 'Let go', more: (total: number): string => `Read all ${total.toLocaleString('en')}`,
  newest: (some: number, all: number): string => `The newest ${some.toLocaleString('en')} of ${all.toLocaleString('en')} runs`,
  restore: (some: number): string => `Bring back ${some} ${some === 1 ? 'panel' : 'panels'} taken away`,
  short: { scatter: 'Scatter', parallel: 'Parallel coordinates', bar: 'Bars', box: 'Boxes', violin: 'Violins', histogram: 'Histogram', contour: 'Contour', importance: 'Importance' } as Readonly<Record<string, string>>,
  chooseFields: 'Choose the fields of this panel', kind: 'Kind', done: 'Done', cancel: 'Cancel',
  forest: 'Random forest', spearman: 'Correlation', working: 'Growing the forest…', noParams: 'No param differs between these runs.',
  correlationHelp: 'Rank correlation (Spearman) with the metric: 1 grows with it, −1 falls with it. Words have none.',
} as const
