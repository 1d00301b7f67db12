import { useState, type ReactNode } from 'react'
import { client } from '../../app/server.ts'
import { byWhom } from '../../app/who.ts'
import { Popover } from '../../ui/dialog.tsx'
import { Icon } from '../../ui/icon.tsx'
import { Failure } from '../../ui/parts.tsx'
import { parsePlace } from '../../app/router.ts'
import { Composer } from './composer.tsx'
import './comments.css'
import { linkedComment, linkedPanel, targetKey, type CommentTarget } from './target.ts'
import { Thread } from './thread.tsx'
import { useCommentCounts, useComments } from './use-comments.ts'
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

/** Opens the comments of a run or a version, and says how many are not settled. */
export function CommentsButton({ target }: { target: CommentTarget }): ReactNode {
  const { data = [] } = useComments(target)
  const [open, setOpen] = useState(linkedComment() !== '')
  const settled = new Set(data.filter(({ resolved_timestamp }) => resolved_timestamp !== undefined).map(({ comment_id }) => comment_id))
  const count = data.filter(({ comment_id, reply_to, deleted }) => deleted !== true && !settled.has(reply_to ?? comment_id)).length
  return (
    <Popover label={words.comments} wide placement="bottom-end" open={open} onOpen={setOpen}
      button={<button type="button" className="button" data-size="small"><Icon name="comment" /><span>{words.comments}</span>{count > 0 && <span className="badge">{count}</span>}</button>}>
      <Comments target={target} />
    </Popover>
  )
}

/** The same for a panel, of the experiment that the page shows; nothing on other pages. */
export function PanelComments({ panel }: { panel: string }): ReactNode {
  const place = parsePlace(location)
  return place.page === 'experiment' && place.ids.length === 1 ? <OfPanel experiment={place.ids[0]!} panel={panel} /> : null
}

function OfPanel({ experiment, panel }: { experiment: string; panel: string }): ReactNode {
  const count = useCommentCounts(experiment)?.get(panel) ?? 0
  const [open, setOpen] = useState(linkedComment() !== '' && linkedPanel() === panel)
  const label = `${words.of(count)} on ${panel}`
  return (
    <Popover label={label} wide placement="bottom-end" open={open} onOpen={setOpen}
      button={<button type="button" className="tool panel-comments" data-some={count > 0} aria-label={label} title={words.of(count)}><Icon name="comment" />{count > 0 && <span className="panel-comments-count">{count}</span>}</button>}>
      <Comments target={{ experiment_id: experiment, panel }} />
    </Popover>
  )
}
