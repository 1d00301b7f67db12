import { useEffect, useRef, useState, type ReactNode } from 'react'
import type { Comment } from '@cairn/protocol'
import { lazyPart } from '../../ui/lazy-part.tsx'
import { client } from '../../app/server.ts'
import { byWhom, useWho } from '../../app/who.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { Button } from '../../ui/button.tsx'
import { copyText } from '../../ui/clipboard.ts'
import { Icon } from '../../ui/icon.tsx'
import { Menu } from '../../ui/menu.tsx'
import { Time } from '../../ui/parts.tsx'
import { toast } from '../../ui/toast.tsx'
import { Composer } from './composer.tsx'
import { withMentions } from './mention-text.ts'
import { hrefOfComment, linkedComment, targetKey, type CommentTarget } from './target.ts'
import { words } from './words.ts'

const Markdown = lazyPart(async () => (await import('../artifacts/viewers/markdown.tsx')).Markdown)

async function tried(act: () => Promise<unknown>): Promise<boolean> {
  try {
    await act()
    return true
  } catch (error) {
    toast({ kind: 'bad', text: (error as Error).message })
    return false
  }
}

/** A comment with its answers. */
export function Thread({ target, first, answers, onChange }: { target: CommentTarget; first: Comment; answers: readonly Comment[]; onChange(): void }): ReactNode {
  const [answering, setAnswering] = useState(false)
  const settled = first.resolved_timestamp !== undefined
  const settle = async (): Promise<void> => {
    if (await tried(() => client.comments.update({ comment_id: first.comment_id, resolved: !settled, ...byWhom() }))) onChange()
  }
  return (
    <li className="thread" data-settled={settled}>
      <CommentItem target={target} comment={first} onChange={onChange} />
      {answers.length > 0 && <ul className="thread-answers">{answers.map((answer) => <li key={answer.comment_id}><CommentItem target={target} comment={answer} onChange={onChange} /></li>)}</ul>}
      {answering
        ? (
          <Composer target={target} label={words.replyLabel} action={words.reply} draft={`${targetKey(target)} ${first.comment_id}`} autoFocus onCancel={() => setAnswering(false)}
            onSend={async (text) => {
              await client.comments.create({ ...target, text, reply_to: first.comment_id, ...byWhom() })
              setAnswering(false)
              onChange()
            }} />
        )
        : (
          <div className="thread-foot">
            <Button size="small" kind="quiet" onClick={() => setAnswering(true)}>{words.reply}</Button>
            {first.deleted !== true && <Button size="small" kind="quiet" icon={settled ? 'restore' : 'check'} onClick={() => void settle()}>{settled ? words.reopen : words.resolve}</Button>}
            {settled && <span className="soft">{words.settledBy(first.resolved_by ?? '')}</span>}
          </div>
        )}
    </li>
  )
}

function CommentItem({ target, comment, onChange }: { target: CommentTarget; comment: Comment; onChange(): void }): ReactNode {
  const who = useWho()
  const [editing, setEditing] = useState(false)
  const element = useRef<HTMLElement>(null)
  const linked = linkedComment() === comment.comment_id
  useEffect(() => { if (linked) element.current?.scrollIntoView({ block: 'nearest' }) }, [linked])
  if (comment.deleted === true) return <article className="comment"><p className="soft">{words.gone}</p></article>
  const { author, comment_id, text } = comment
  const remove = async (): Promise<void> => {
    if (!await tried(() => client.comments.delete(comment_id, byWhom().by))) return
    onChange()
    toast({ text: words.removed, action: { label: words.undo, act: () => void tried(() => client.comments.update({ comment_id, deleted: false, ...byWhom() })).then(onChange) } })
  }
  const copy = async (): Promise<void> => {
    await copyText(location.origin + hrefOfComment(comment))
    toast({ text: words.linked })
  }
  return (
    <article ref={element} className="comment" data-linked={linked}>
      <header>
        <Avatar name={author} /><b>{author}</b><Time ms={Number(comment.creation_timestamp)} />
        {comment.edited_timestamp !== undefined && <span className="soft">{words.edited}</span>}
        <span className="spacer" />
        <Menu label={words.menu(author)} button={<button type="button" className="tool" aria-label={words.menu(author)}><Icon name="more" /></button>} entries={[
          { label: words.link, icon: 'link', act: () => void copy() },
          ...(author === who ? [{ label: words.edit, icon: 'edit' as const, act: () => setEditing(true) }, { label: words.remove, icon: 'trash' as const, danger: true, act: () => void remove() }] : []),
        ]} />
      </header>
      {editing
        ? (
          <Composer target={target} label={words.edit} action={words.save} text={text} autoFocus onCancel={() => setEditing(false)}
            onSend={async (next) => {
              await client.comments.update({ comment_id, text: next, ...byWhom() })
              setEditing(false)
              onChange()
            }} />
        )
        : <Markdown text={withMentions(text)} waiting={<p className="comment-plain">{text}</p>} />}
    </article>
  )
}
