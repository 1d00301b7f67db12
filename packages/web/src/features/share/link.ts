import { linkHere } from '../../app/entries.ts'
import { parsePlace } from '../../app/router.ts'
import { copyText } from '../../ui/clipboard.ts'
import { toast } from '../../ui/toast.tsx'
import { keptView } from '../runs/use-view.ts'
import { words } from './words.ts'

/** The link to what is shown, for others to see the same: at the place where one stands, and with what this browser alone remembers. */
export function linkToHere(): string {
  const url = linkHere()
  const place = parsePlace(location)
  if (place.page === 'experiment' && place.shown === undefined && place.view === '') url.searchParams.set('view', keptView())
  return url.href
}

export const copyLink = (): void => void copyText(linkToHere()).then(() => toast({ text: words.linkCopied }), (error: unknown) => toast({ kind: 'bad', text: (error as Error).message }))
