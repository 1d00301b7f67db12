/** What the dialog of tags says. */
export const words = {
  tag: 'Tag',
  key: 'Key',
  value: 'Value',
  removeTag: 'Remove this tag instead',
  cancel: 'Cancel',
} as const
