import { CairnError } from '@cairn/protocol'
import { Reply, type Context } from '../platform/http/index.ts'
import { isOurs } from './ours.ts'
import { words } from './words.ts'

const longestForm = 64 * 1024

/** What a form says, as its browser sends it from one of our own pages: a form of another could act in somebody's name. */
export async function formOf({ headers, body }: Context): Promise<URLSearchParams> {
  if (!isOurs('POST', headers)) throw new CairnError('PERMISSION_DENIED', words.anotherPageSentThisForm)
  if (!String(headers['content-type'] ?? '').toLowerCase().startsWith('application/x-www-form-urlencoded')) {
    throw new CairnError('INVALID_PARAMETER_VALUE', 'Invalid content type. Must be application/x-www-form-urlencoded')
  }
  const pieces: Uint8Array[] = []
  let size = 0
  for await (const piece of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
    size += piece.length
    if (size > longestForm) throw new CairnError('REQUEST_TOO_LARGE', words.theFormIsLarger(longestForm))
    pieces.push(piece)
  }
  const form = new URLSearchParams(Buffer.concat(pieces).toString('utf8'))
  // As in JSON: no text of ours has it, and PostgreSQL takes none.
  if (form.values().some((value) => value.includes('\u0000'))) throw new CairnError('INVALID_PARAMETER_VALUE', 'The form holds a NUL character.')
  return form
}

/** Why something that somebody typed was refused, for the page that they typed it on. */
export async function complaintOf(work: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await work()
    return undefined
  } catch (error) {
    if (error instanceof CairnError && error.status < 500) return error.message
    throw error
  }
}

export const withHeaders = (reply: Reply, headers: Readonly<Record<string, string>>): Reply => new Reply({ status: reply.status, headers: { ...reply.headers, ...headers }, body: reply.body })
