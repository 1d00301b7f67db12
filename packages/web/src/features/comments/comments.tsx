import { useState, type ReactNode } from 'react'
import { lazyPart } from '../../ui/lazy-part.tsx'
import { Popover } from '../../ui/popover.tsx'
import { Icon } from '../../ui/icon.tsx'
import { parsePlace } from '../../app/router.ts'
import './comments.css'
import { linkedComment, linkedPanel, type CommentTarget } from './target.ts'
import { useCommentCounts, useComments, type PanelsOf } from './use-comments.ts'
import { words } from './words.ts'

const Comments = lazyPart(async () => (await import('./comment-list.tsx')).Comments)

/** Opens the comments of a run or a version, and says how many are not settled. */
export function CommentsButton({ target }: { target: CommentTarget }): ReactNode {
  const { data = [] } = useComments(target)
  const [open, setOpen] = useState(linkedComment() !== '' && linkedPanel() === '')
  const settled = new Set(data.filter(({ resolved_timestamp }) => resolved_timestamp !== undefined).map(({ comment_id }) => comment_id))
  const count = data.filter(({ comment_id, reply_to, deleted }) => deleted !== true && !settled.has(reply_to ?? comment_id)).length
  return (
    <Popover label={words.comments} wide placement="bottom-end" open={open} onOpen={setOpen}
      button={<button type="button" className="button" data-size="small"><Icon name="comment" /><span>{words.comments}</span>{count > 0 && <span className="badge">{count}</span>}</button>}>
      <Comments target={target} waiting={<p className="soft">{words.loading}</p>} />
    </Popover>
  )
}

/** The same for a panel, of the experiment or the run that the page shows; nothing on other pages. */
export function PanelComments({ panel }: { panel: string }): ReactNode {
  const place = parsePlace(location)
  if (place.page === 'run') return <OfPanel of={{ run_id: place.id }} panel={panel} />
  return place.page === 'experiment' && place.ids.length === 1 ? <OfPanel of={{ experiment_id: place.ids[0]! }} panel={panel} /> : null
}

function OfPanel({ of, panel }: { of: PanelsOf; panel: string }): ReactNode {
  const count = useCommentCounts(of)?.get(panel) ?? 0
  const [open, setOpen] = useState(linkedComment() !== '' && linkedPanel() === panel)
  const label = words.onOfValue(words.of(count), panel)
  return (
    <Popover label={label} wide placement="bottom-end" open={open} onOpen={setOpen}
      button={<button type="button" className="tool panel-comments" data-some={count > 0} aria-label={label} title={words.of(count)}><Icon name="comment" />{count > 0 && <span className="panel-comments-count">{count}</span>}</button>}>
      <Comments target={{ ...of, panel }} waiting={<p className="soft">{words.loading}</p>} />
    </Popover>
  )
}
