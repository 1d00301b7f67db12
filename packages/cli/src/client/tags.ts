import { UsageError } from '../framework/errors.ts'

/** `key=value` texts as tags; a text without `=` is a tag without value. */
export function readTags(texts: readonly string[]): { key: string; value: string }[] {
  return texts.map((text) => {
    const [key = '', ...rest] = text.split('=')
    if (key === '') throw new UsageError(`"${text}" is no tag.`, 'Write it as --tag key=value.')
    return { key, value: rest.join('=') }
  })
}
