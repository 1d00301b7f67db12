export const words = {
  open: 'The same in code, and to embed',
  title: 'This page in code',
  embed: 'Embed',
  wiki: 'A web page or a wiki',
  notebook: 'A notebook',
  copy: (what: string): string => `Copy: ${what}`,
  framing: 'Pages of the same address may embed it. For others, start the server with --x-frame-options NONE.',
  copyLink: 'Copy the link to what is shown',
  linkCopied: 'The link is copied: it leads to what is shown here',
  openHere: 'Open in Cairn',
} as const
