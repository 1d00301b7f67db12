import { announcePresence, prefixes } from '@cairn/protocol'
import { useEffect, useRef, useState } from 'react'
import { usePlaceQuery } from '../../app/router.ts'
import { client, serverUrl, useLive } from '../../app/server.ts'
import { byWhom, useWho } from '../../app/who.ts'
import { presenceInterest, presenceKey, showState, stateHere, type PresenceTarget } from './presence-target.ts'

export interface Person {
  readonly viewer: string
  readonly name: string
  readonly seenMs: number
  /** The viewer whom they follow. */
  readonly follows: string | undefined
}

export interface Presence {
  /** Others who look at the same page, each once however many windows they have; those who came first before. */
  readonly people: readonly Person[]
  readonly following: Person | undefined
  follow(viewer: string): void
  stop(): void
}

let turns = 0
const nextTurn = (): number => (turns += 1)

const repeatMs = 25_000
/** Who has said nothing for so long is gone. */
const silentMs = 70_000
const settleMs = 150
/** A stream that goes on where it was brings what was said meanwhile; after so long others may have forgotten who is here. */
const askAgainMs = 60_000
/** Of more nobody keeps count; they answer nobody who comes. */
const mostPeople = 50

/**
 * Who else looks at the page. Nobody keeps this: whoever comes asks, those who are there answer, repeat it while
 * there is somebody to hear it, and say when they leave. `onGone` hears when the one who was followed has left.
 */
export function usePresence(target: PresenceTarget, viewer: string, onGone: (name: string) => void): Presence {
  const key = presenceKey(target)
  const [people, setPeople] = useState<ReadonlyMap<string, Person>>(new Map())
  const [followed, setFollowed] = useState<string>()
  const me = useWho()
  const search = usePlaceQuery()
  const latest = useRef({ people, followed, sent: '' })
  /** What each viewer who left said last. */
  const left = useRef(new Map<string, number>())
  const askedAt = useRef(-Infinity)
  latest.current = { ...latest.current, people, followed }
  const say = (change: 'ask' | 'here' | 'left', more: { state?: string } = {}): void => {
    const follows = latest.current.followed
    void client.call(announcePresence, { ...target, viewer, change, turn: nextTurn(), ...(follows !== undefined && { follows }), ...more, ...byWhom() }).catch(() => {})
  }
  const isFollowed = (): boolean => [...latest.current.people.values()].some(({ follows }) => follows === viewer)
  const tellState = (): void => {
    const state = stateHere()
    if (state === latest.current.sent) return
    latest.current.sent = state
    say('here', { state })
  }

  const drop = (gone: readonly string[]): void => {
    if (gone.length === 0) return
    const { people: known, followed: leader } = latest.current
    setPeople(new Map([...known].filter(([one]) => !gone.includes(one))))
    if (leader !== undefined && gone.includes(leader)) {
      onGone(known.get(leader)?.name ?? '')
      setFollowed(undefined)
    }
  }
  const timers = useRef(new Set<ReturnType<typeof setTimeout>>())
  useLive(`presence ${key}`, presenceInterest(target), (message) => {
    if (message.type === 'connected') {
      // The one stream of the page is opened again whenever a part of it wants to hear more.
      const now = Date.now()
      if (message.data.resumed && now - askedAt.current < askAgainMs) return
      askedAt.current = now
      return say('ask')
    }
    if (message.type !== 'presence' || message.data.viewer === viewer || presenceKey(message.data) !== key) return
    const { viewer: other, person, change, follows, state, turn = Infinity } = message.data
    if (change === 'left') {
      left.current.set(other, turn === Infinity ? -1 : turn)
      return drop([other])
    }
    // Said before it left, heard after.
    if (turn < (left.current.get(other) ?? -1)) return
    const known = latest.current.people
    if (!known.has(other) && known.size >= mostPeople) return
    const next = new Map(known).set(other, { viewer: other, name: person, seenMs: Date.now(), follows })
    latest.current = { ...latest.current, people: next }
    setPeople(next)
    if (change === 'ask') {
      // Not all at once.
      const timer = setTimeout(() => { timers.current.delete(timer); say('here') }, 20 + Math.random() * 200)
      timers.current.add(timer)
    }
    if (follows === viewer && known.get(other)?.follows !== viewer) {
      latest.current.sent = ''
      tellState()
    }
    if (other === latest.current.followed && state !== undefined && showState(state, target)) latest.current.sent = state
  })
  useEffect(() => {
    const repeat = setInterval(() => {
      const now = Date.now()
      drop([...latest.current.people.values()].filter(({ seenMs }) => now - seenMs > silentMs).map(({ viewer: one }) => one))
      if (latest.current.people.size > 0 && document.visibilityState === 'visible') say('here')
    }, repeatMs)
    // A request that outlives the page.
    const leave = (): void => void navigator.sendBeacon(`${serverUrl}${prefixes.cairn[0]!}${announcePresence.path}`, new Blob([JSON.stringify({ ...target, viewer, change: 'left', turn: nextTurn(), ...byWhom() })], { type: 'application/json' }))
    addEventListener('pagehide', leave)
    return () => {
      clearInterval(repeat)
      for (const timer of timers.current) clearTimeout(timer)
      timers.current.clear()
      removeEventListener('pagehide', leave)
      leave()
    }
  }, [key])
  // Who has just said their name is known by it.
  const named = useRef(me)
  useEffect(() => {
    if (named.current === me) return
    named.current = me
    say('here')
  }, [me])
  useEffect(() => {
    if (!isFollowed()) return
    const timer = setTimeout(tellState, settleMs)
    return () => clearTimeout(timer)
  }, [search, location.pathname, people])

  const others = [...people.values()].filter(({ name, viewer: one }, at, all) => name === '' || (name !== me && (one === followed || !all.some((twin, where) => twin.name === name && (twin.viewer === followed || where < at)))))
  return {
    people: others, following: others.find(({ viewer: one }) => one === followed),
    follow(leader) {
      latest.current.followed = leader
      setFollowed(leader)
      say('here')
    },
    stop() {
      latest.current.followed = undefined
      setFollowed(undefined)
      say('here')
    },
  }
}
