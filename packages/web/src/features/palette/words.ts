export const words = {
  title: 'Find anything',
  placeholder: 'Experiments, runs, models, pages, actions',
  kinds: { page: 'page', experiment: 'experiment', run: 'run', model: 'model', view: 'view', action: 'action' },
  nothing: (text: string): string => `Nothing is called “${text}”.`,
} as const
