import { toast } from './toast.tsx'
import { words } from './words.ts'

/**
 * Copies a text. Browsers give their clipboard only to pages that came by https or from this machine;
 * for the others, and those are many in a team, the text is selected and copied as by hand.
 */
export async function copyText(text: string): Promise<void> {
  const { clipboard } = navigator as Partial<Navigator>
  if (clipboard !== undefined) return await clipboard.writeText(text)
  const focused = document.activeElement as HTMLElement | null
  const area = document.createElement('textarea')
  area.value = text
  area.className = 'visually-hidden'
  // Beside what has the focus, for a dialog takes it back from elsewhere.
  const place = focused?.closest('dialog, [role="dialog"]') ?? document.body
  place.append(area)
  area.select()
  const done = document.execCommand('copy')
  area.remove()
  focused?.focus()
  if (!done) throw new Error(words.cannotCopy)
}

/** Copies a picture, which browsers let only pages do that came by https or from this machine. */
async function copyPicture(picture: Promise<Blob>): Promise<void> {
  const { clipboard } = navigator as Partial<Navigator>
  if (clipboard === undefined) throw new Error(words.cannotCopyPicture)
  await clipboard.write([new ClipboardItem({ 'image/png': picture })])
}

const say = (done: Promise<void>): void => void done.then(() => toast({ text: words.copied }), (error: unknown) => toast({ kind: 'bad', text: (error as Error).message }))

/** The same where nothing else shows that it was done; of a text that has to be read first too. */
export const copyAndSay = (text: string | Promise<string>): void => say(Promise.resolve(text).then(copyText))
export const copyPictureAndSay = (picture: Promise<Blob>): void => say(copyPicture(picture))
