import type { ReactNode } from 'react'
import { client } from '../../app/server.ts'
import { byWhom } from '../../app/who.ts'
import { Failure } from '../../ui/parts.tsx'
import { Composer } from './composer.tsx'
import { linkedComment, targetKey, type CommentTarget } from './target.ts'
import { Thread } from './thread.tsx'
import { useComments } from './use-comments.ts'
import { words } from './words.ts'

/** What is said of a thing, and a place to say more. */
export function Comments({ target }: { target: CommentTarget }): ReactNode {
  const { data, error, refetch } = useComments(target)
  const all = (data ?? []).toReversed()
  const threads = all.filter(({ reply_to }) => reply_to === undefined)
  const open = threads.filter(({ resolved_timestamp }) => resolved_timestamp === undefined)
  const settled = threads.filter(({ resolved_timestamp }) => resolved_timestamp !== undefined)
  const linked = all.find(({ comment_id }) => comment_id === linkedComment())
  const changed = (): void => void refetch()
  const list = (some: typeof threads): ReactNode => (
    <ul className="threads">{some.map((first) => <Thread key={first.comment_id} target={target} first={first} answers={all.filter(({ reply_to }) => reply_to === first.comment_id)} onChange={changed} />)}</ul>
  )
  return (
    <div className="comments">
      {error !== null && <Failure error={error.message} retry={changed} />}
      {data === undefined ? error === null && <p className="soft">{words.loading}</p> : open.length === 0 && settled.length === 0 && <p className="soft">{words.none}</p>}
      {open.length > 0 && list(open)}
      {settled.length > 0 && <details open={linked !== undefined && settled.some(({ comment_id }) => comment_id === (linked.reply_to ?? linked.comment_id))}><summary>{words.settled(settled.length)}</summary>{list(settled)}</details>}
      <Composer target={target} label={words.label} action={words.post} draft={targetKey(target)} onSend={async (text) => { await client.comments.create({ ...target, text, ...byWhom() }); changed() }} />
    </div>
  )
}
