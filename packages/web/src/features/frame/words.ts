import type { LiveState } from '../../app/live.ts'

export const words = {
  skip: 'Skip to the content',
  main: 'Main',
  breadcrumb: 'Breadcrumb',
  search: 'Find anything',
  help: 'Keyboard',
  close: 'Close',
  theme: 'Theme',
  themes: { system: 'As the system', light: 'Light', dark: 'Dark' },
  who: (name: string) => `Signed in as ${name}`,
  account: 'My account, tokens, sign out',
  administration: 'Users, teams, audit',
  pages: { home: 'Home', experiments: 'Experiments', models: 'Models', endpoints: 'Endpoints' },
  loading: 'Loading…',
  nowhere: { title: 'Nothing here', text: 'No page has this address.', back: 'All experiments' },
  live: { connecting: 'connecting', live: 'live', behind: 'catching up', offline: 'offline, reconnecting', paused: 'paused' } satisfies Record<LiveState, string>,
  liveHint: {
    connecting: 'Opening the stream of changes.',
    live: 'What is logged appears here by itself.',
    behind: 'Something was missed while away; it is being read again.',
    offline: 'The server does not answer. What is shown is the last that was known; it goes on by itself.',
    paused: 'Nobody looked at this page for a while. It goes on when you do.',
  } satisfies Record<LiveState, string>,
  failed: 'This part of the page broke',
  again: 'Try again',
} as const
