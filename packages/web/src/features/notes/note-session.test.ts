import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import type { Draft } from './draft.ts'
import { NoteSession, type NotePlace } from './note-session.ts'

/** A text that others write too; `fail` is thrown in place of an answer. */
class Place implements NotePlace {
  text: string
  readonly saved: string[] = []
  fail: Error | undefined
  /** What somebody else does right before the next saving arrives. */
  before: (() => void) | undefined

  constructor(text: string) {
    this.text = text
  }

  async read(): Promise<string> {
    if (this.fail !== undefined) throw this.fail
    return this.text
  }

  async save(text: string, expected: string): Promise<boolean> {
    if (this.fail !== undefined) throw this.fail
    this.before?.()
    this.before = undefined
    if (this.text !== expected) return false
    this.text = text
    this.saved.push(text)
    return true
  }
}

const settled = async (): Promise<void> => { for (let turn = 0; turn < 30; turn += 1) await Promise.resolve() }
function begin(place: Place, more: { base?: string; text?: string; first?: string } = {}): { session: NoteSession; drafts: (Draft | undefined)[]; later(ms: number): Promise<void> } {
  const drafts: (Draft | undefined)[] = []
  const session = new NoteSession({ place, base: place.text, ...more, explain: (error) => ({ why: (error as Error).message, again: (error as Error).message !== 'refused' }), keep: (draft) => drafts.push(draft) })
  return { session, drafts, later: async (ms) => { mock.timers.tick(ms); await settled() } }
}
const timed = (title: string, body: () => Promise<void>): void => void test(title, async () => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'] })
  try {
    await body()
  } finally {
    mock.timers.reset()
  }
})

timed('a text is stored two seconds after the last key, once, and kept by the browser until then', async () => {
  const place = new Place('')
  const { session, drafts, later } = begin(place)
  session.write('H')
  await later(1500)
  session.write('Hi')
  await later(1500)
  assert.deepEqual([place.saved, session.state.kind, drafts.at(-1)], [[], 'waiting', { base: '', text: 'Hi', first: '' }])
  await later(500)
  assert.deepEqual([place.saved, session.state.kind, drafts.at(-1)], [['Hi'], 'saved', undefined])
  // While one goes on, at most each five seconds.
  session.write('Hi there')
  await later(2000)
  assert.deepEqual(place.saved, ['Hi'])
  await later(3000)
  assert.deepEqual(place.saved, ['Hi', 'Hi there'])
  // Of somebody who never stops, each fifteen.
  for (let letter = 0; letter < 20; letter += 1) {
    session.write(session.text + String(letter % 10))
    await later(1000)
  }
  assert.equal(place.saved.length, 3)
})

timed('who leaves stores at once, and what is written while that is on its way comes after it', async () => {
  const place = new Place('')
  const { session, later } = begin(place)
  session.write('one')
  place.before = () => session.write('one two')
  await session.leave()
  assert.deepEqual([place.saved, session.state.kind], [['one', 'one two'], 'saved'])
  session.write('one two three')
  session[Symbol.dispose]()
  await settled()
  assert.equal(place.text, 'one two three')
  await later(60_000)
  assert.equal(place.saved.length, 3)
})

timed('what somebody else has saved in the same moment is joined, and taking back takes only what was written here', async () => {
  const place = new Place('first\n\nlast')
  const { session } = begin(place)
  session.write('FIRST\n\nlast')
  place.before = () => { place.text = 'first\n\nlast\nand more' }
  await session.leave()
  assert.deepEqual([place.text, session.text, session.state], ['FIRST\n\nlast\nand more', 'FIRST\n\nlast\nand more', { kind: 'saved', joined: true }])
  session.takeBack()
  await session.leave()
  assert.equal(place.text, 'first\n\nlast\nand more')
  session.bringBack()
  await session.leave()
  assert.equal(place.text, 'FIRST\n\nlast\nand more')
  assert.equal(session.changed, true)
})

timed('where both have changed the same lines a person says what stands there, and nothing is stored before', async () => {
  for (const [choose, wanted] of [['takeBoth', 'mine\n\ntheirs'], ['takeMine', 'mine'], ['takeTheirs', 'theirs']] as const) {
    const place = new Place('old')
    const { session, drafts, later } = begin(place)
    session.write('mine')
    place.text = 'theirs'
    await later(2000)
    assert.deepEqual([session.state, place.text, drafts.at(-1)], [{ kind: 'conflict', theirs: 'theirs' }, 'theirs', { base: 'old', text: 'mine', first: 'old' }])
    await later(60_000)
    assert.equal(place.text, 'theirs')
    session[choose]()
    await later(5000)
    assert.deepEqual([place.text, session.text, session.state.kind], [wanted, wanted, 'saved'])
  }
})

timed('what cannot be stored is tried again, less and less often, unless it is refused; then with the next key', async () => {
  const place = new Place('')
  const { session, drafts, later } = begin(place)
  place.fail = new Error('away')
  session.write('text')
  await later(2000)
  assert.deepEqual([session.state, drafts.at(-1)?.text], [{ kind: 'failed', why: 'away', again: true }, 'text'])
  await later(5000)
  assert.equal(session.state.kind, 'failed')
  place.fail = undefined
  await later(5000)
  assert.equal(place.text, '')
  await later(5000)
  assert.deepEqual([place.text, session.state.kind], ['text', 'saved'])
  place.fail = new Error('refused')
  session.write('text!')
  await later(5000)
  assert.deepEqual(session.state, { kind: 'failed', why: 'refused', again: false })
  place.fail = undefined
  await later(120_000)
  assert.equal(place.text, 'text')
  session.write('text?')
  await later(2000)
  assert.equal(place.text, 'text?')
})

timed('the text of somebody else comes to whoever writes nothing, also where older readings are heard after it', async () => {
  const place = new Place('one')
  const { session } = begin(place)
  place.text = 'two'
  await session.hear('two')
  assert.deepEqual([session.text, session.base, session.changed], ['two', 'two', false])
  await session.hear('one')
  assert.equal(session.text, 'two')
  session.write('two and mine')
  place.text = 'three\ntwo'
  await session.hear('three\ntwo')
  assert.equal(session.text, 'two and mine')
})

timed('one goes on after a reload where one was, and an answer that was lost is no conflict', async () => {
  const place = new Place('stored before the page ended')
  const { session, later } = begin(place, { base: 'old', text: 'stored before the page ended', first: 'old' })
  await later(2000)
  assert.deepEqual([session.state.kind, place.saved, session.changed], ['saved', [], true])
  session.takeBack()
  await session.leave()
  assert.equal(place.text, 'old')
})
