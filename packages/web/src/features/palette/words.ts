export const words = {
  title: 'Find anything',
  placeholder: 'Experiments, runs, models, versions, keys, pages, actions',
  kinds: { page: 'page', experiment: 'experiment', run: 'run', model: 'model', version: 'version', key: 'key', view: 'view', action: 'action' },
  chartOf: 'metric · its chart',
  columnOf: (kind: string): string => `${kind} · as a column`,
  nothing: (text: string): string => `Nothing is called “${text}”.`,
} as const
