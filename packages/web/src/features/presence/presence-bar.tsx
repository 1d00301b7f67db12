import { useState, type ReactNode } from 'react'
import type { Place } from '../../app/router.ts'
import { Avatar } from '../../ui/avatar.tsx'
import { Button } from '../../ui/button.tsx'
import { Popover } from '../../ui/popover.tsx'
import { toast } from '../../ui/toast.tsx'
import { presenceKey, presenceTarget, type PresenceTarget } from './presence-target.ts'
import './presence.css'
import { usePresence } from './use-presence.ts'
import { words } from './words.ts'

/** Differs for every opened page: one person may have several. */
const newViewer = (): string => Array.from(crypto.getRandomValues(new Uint8Array(9)), (byte) => byte.toString(36).padStart(2, '0')).join('')

/** Who else looks at this page, and whom one follows. */
export function PresenceBar({ place }: { place: Place }): ReactNode {
  const [viewer] = useState(newViewer)
  const target = presenceTarget(place)
  return target === undefined ? null : <Here key={presenceKey(target)} target={target} viewer={viewer} />
}

const most = 3

function Here({ target, viewer }: { target: PresenceTarget; viewer: string }): ReactNode {
  const { people, following, follow, stop } = usePresence(target, viewer, (name) => toast({ text: words.gone(name || words.somebody) }))
  const [open, setOpen] = useState(false)
  if (people.length === 0) return null
  const nameOf = (name: string): string => name || words.somebody
  return (
    <div className="presence" role="group" aria-label={words.here}>
      {following !== undefined && <span className="presence-following" role="status"><span>{words.following(nameOf(following.name))}</span><Button size="small" kind="quiet" onClick={stop}>{words.stop}</Button></span>}
      <Popover label={words.here} placement="bottom-end" open={open} onOpen={setOpen}
        button={(
          <button type="button" className="presence-stack" title={words.alsoHere(people.map(({ name }) => nameOf(name)))}>
            <span className="visually-hidden">{words.alsoHere(people.map(({ name }) => nameOf(name)))}</span>
            {people.slice(0, most).map((person) => <Avatar key={person.viewer} name={nameOf(person.name)} />)}
            {people.length > most && <span className="presence-more" aria-hidden="true">+{people.length - most}</span>}
          </button>
        )}>
        <ul className="presence-people">
          {people.map((person) => (
            <li key={person.viewer}><Avatar name={nameOf(person.name)} /><span className="presence-name">{nameOf(person.name)}</span>{person.follows === viewer && <span className="soft">{words.followsYou}</span>}
              {following?.viewer === person.viewer
                ? <Button size="small" onClick={stop}>{words.stop}</Button>
                : <Button size="small" aria-label={`${words.follow} ${nameOf(person.name)}`} onClick={() => { follow(person.viewer); setOpen(false) }}>{words.follow}</Button>}
            </li>
          ))}
        </ul>
        <p className="soft presence-hint">{words.hint}</p>
      </Popover>
    </div>
  )
}
