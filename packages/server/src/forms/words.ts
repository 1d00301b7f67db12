export const words = {
  /** The language of these words, as HTML names it. */
  language: 'en',
  pages: 'Pages',
  toCairn: 'To Cairn',
  action: 'Action',
  anotherPageSentThisForm: 'Another page sent this form. Do it on the page of this server.',
  theFormIsLarger: (bytes: number): string => `The form is larger than ${bytes} bytes.`,
} as const
