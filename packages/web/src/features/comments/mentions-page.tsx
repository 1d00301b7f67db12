import { useState, type ReactNode } from 'react'
import type { Comment } from '@cairn/protocol'
import { lazyPart } from '../../ui/lazy-part.tsx'
import { useTitle } from '../../app/title.ts'
import { hasAccounts, setDisplayName, useWho } from '../../app/who.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { Button } from '../../ui/button.tsx'
import { TextField } from '../../ui/field.tsx'
import { Empty, Failure, Time } from '../../ui/parts.tsx'
import './comments.css'
import { withMentions } from './mention-text.ts'
import { hrefOfComment } from './target.ts'
import { useMentions } from './use-comments.ts'
import { words } from './words.ts'

const Markdown = lazyPart(async () => (await import('../artifacts/viewers/markdown.tsx')).Markdown)

/** Where somebody mentioned the one who looks. */
export function MentionsPage(): ReactNode {
  const who = useWho()
  const { data, error, refetch } = useMentions(who)
  useTitle(words.mentions)
  return (
    <>
      <div className="head"><h1>{words.mentions}</h1>{who !== '' && <span className="soft">{words.ofWho(who)}</span>}</div>
      {who === '' && !hasAccounts() && <AskName />}
      {error !== null && <Failure error={error.message} retry={() => void refetch()} />}
      {data !== undefined && data.length === 0 && <Empty title={words.noMentions(who)} />}
      {data !== undefined && data.length > 0 && <ul className="mentions">{data.map((comment) => <Mention key={comment.comment_id} comment={comment} />)}</ul>}
    </>
  )
}

function Mention({ comment }: { comment: Comment }): ReactNode {
  const { author, text, creation_timestamp, run_id, run_name, panel, name, version } = comment
  const what = name !== undefined ? words.onVersionOf(version, name) : panel === undefined ? run_name ?? words.onRun : run_id === undefined ? words.onPanel(panel) : words.onPanelOf(panel, run_name ?? words.onRun)
  return (
    <li className="comment mention">
      <header><Avatar name={author} /><b>{author}</b><span className="soft">{words.on}</span><a href={hrefOfComment(comment)}>{what}</a><Time ms={Number(creation_timestamp)} /></header>
      <Markdown text={withMentions(text)} waiting={<p className="comment-plain">{text}</p>} />
    </li>
  )
}

function AskName(): ReactNode {
  const [name, setName] = useState('')
  return (
    <form className="ask-name" onSubmit={(event) => { event.preventDefault(); setDisplayName(name) }}>
      <p>{words.whoAreYou}</p>
      <TextField label={words.yourName} showLabel value={name} onChange={(event) => setName(event.target.value)} maxLength={60} required />
      <Button kind="primary" type="submit" disabled={name.trim() === ''}>{words.save}</Button>
    </form>
  )
}
