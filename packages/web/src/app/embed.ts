/** Whether the page was opened to stand in another (`?embed`): then nothing stands around it, for as long as it is open. */
export const isEmbedded = (): boolean => document.documentElement.dataset['embed'] !== undefined

/** Looks at the address once: what is chosen in the page later may leave the word out. */
export function readEmbed(): void {
  if (new URLSearchParams(location.search).has('embed')) document.documentElement.dataset['embed'] = ''
}

/** The address of what is shown, to stand in another page; and without that, to be opened by itself. */
export function embedAddress(embedded: boolean): string {
  const query = new URLSearchParams(location.search)
  query.delete('embed')
  const text = [...(embedded ? ['embed'] : []), ...(query.size === 0 ? [] : [query.toString()])].join('&')
  return `${location.origin}${location.pathname}${text === '' ? '' : `?${text}`}`
}
