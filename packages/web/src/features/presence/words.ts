export const words = {
  here: 'Also on this page',
  alsoHere: (names: readonly string[]): string => `Also on this page: ${names.slice(0, 8).join(', ')}${names.length > 8 ? ` and ${names.length - 8} more` : ''}`,
  somebody: 'Somebody',
  follow: 'Follow',
  stop: 'Stop',
  following: (name: string): string => `Following ${name}`,
  followsYou: 'follows you',
  gone: (name: string): string => `${name} has left the page; you no longer follow`,
  hint: 'Who follows somebody sees what they filter, sort, select and open on this page.',
} as const
