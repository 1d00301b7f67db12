export const words = {
  language: 'en',
  running: 'Cairn is running',
  notBuilt: 'The API is ready; the web page is not built. In a checkout of Cairn, run',
  andStartAgain: 'and start again.',
} as const
