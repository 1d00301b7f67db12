import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { printList, readList, readSearch, withTag } from './list-state.ts'
import { finder, folderOf, moved, renamings, replaced } from './names.ts'
import { OverviewStore, type Answer, type Request, type Which } from './overview-store.ts'

describe('the address of the list', () => {
  it('holds everything that one chose, and nothing that is as usual', () => {
    const state = { find: 'a b', order: 'runs', reverse: true, flat: true, archive: true, open: ['x', 'x/y z'], show: '7' } as const
    assert.deepEqual(readList(new URLSearchParams(printList(state))), state)
    assert.equal(printList(readList(new URLSearchParams('sort=nonsense'))), '')
  })

  it('takes words and tags apart, and a tag in and out', () => {
    assert.deepEqual(readSearch(' defects team=retention owner="ada l" "two words" note='), {
      words: ['defects', 'two words'], tags: [{ key: 'team', value: 'retention' }, { key: 'owner', value: 'ada l' }, { key: 'note' }],
    })
    const find = withTag('defects', 'owner', 'ada l')
    assert.equal(find, 'defects owner="ada l"')
    assert.equal(withTag(find, 'owner', 'ada l'), 'defects')
  })
})

describe('renaming', () => {
  it('moves a name with what follows the folder that it was chosen in', () => {
    assert.equal(folderOf('a/b/c'), 'a/b')
    assert.equal(folderOf('/a'), '')
    assert.equal(moved({ id: '1', name: 'a/b/c', base: 'a' }, 'x/'), 'x/b/c')
    assert.equal(moved({ id: '1', name: 'a/b/c', base: 'a/b' }, ''), 'c')
  })

  it('replaces text as it stands, or by a pattern with groups', () => {
    assert.equal(replaced('a.b.c', finder('.', false)!, '$1', false), 'a$1b$1c')
    assert.equal(replaced('exp-12', finder('exp-(\\d+)', true)!, 'run/$1', true), 'run/12')
    assert.equal(finder('(', true), undefined)
  })

  it('says which names cannot be', () => {
    const named = [{ id: '1', name: 'a', base: '' }, { id: '2', name: 'b', base: '' }, { id: '3', name: 'c', base: '' }]
    assert.deepEqual(renamings(named, ({ name }) => (name === 'c' ? '' : 'same')).map(({ problem }) => problem), ['twice', 'twice', 'empty'])
  })
})

describe('the lines of the list', () => {
  const folder = (path: string) => ({ path, experiments: 1, running: 0, last_activity: 1 })
  const experiment = (name: string) => ({ experiment_id: name, name, creation_time: 1, last_update_time: 1, last_activity: 1, runs: 0, running: 0, failed: 0, tags: [] })
  const tree: Record<string, [folders: string[], experiments: number]> = { '': [['a', 'b'], 250], a: [['a/x'], 2], 'a/x': [[], 1], b: [[], 3] }
  const which: Which = { words: [], tags: [], order: 'name', reverse: false, stage: 'active', tree: true }
  const asked: string[] = []
  const answer = ({ folder: path = '', offset = 0, max_results = 100 }: Request): Promise<Answer> => {
    asked.push(`${path} ${offset}`)
    const [folders, count] = tree[path]!
    const lines = [...folders, ...Array.from({ length: count }, (_, at) => `${path}-${at}`)]
    const shown = lines.slice(offset, offset + max_results)
    return Promise.resolve({ folders: shown.filter((name) => folders.includes(name)).map(folder), experiments: shown.filter((name) => !folders.includes(name)).map(experiment), total: lines.length, found: 9, running: 0, all: 9 })
  }
  const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve))
  const text = (store: OverviewStore, index: number): string => {
    const line = store.line(index)
    return line.kind === 'folder' ? `${line.depth} ${line.folder.path}/` : line.kind === 'experiment' ? `${line.depth} ${line.experiment.name}` : 'waiting'
  }

  it('stand below their folders, are read where one looks, and stay while they are read again', async () => {
    const store = new OverviewStore(answer)
    store.show(which, ['a', 'a/x'])
    await settled()
    assert.equal(store.shown().lines, 252 + 3 + 1)
    assert.deepEqual([0, 1, 2, 3, 4, 5, 6].map((at) => text(store, at)), ['0 a/', '1 a/x/', '2 a/x-0', '1 a-0', '1 a-1', '0 b/', '0 -0'])
    assert.equal(text(store, 255), 'waiting')
    store.see(250, 256)
    await settled()
    assert.equal(text(store, 255), '0 -249')
    asked.length = 0
    store.show(which, ['b'])
    await settled()
    assert.deepEqual(asked, ['b 0'])
    assert.equal(text(store, 1), '0 b/')
    assert.equal(text(store, 2), '1 b-0')
    asked.length = 0
    store.refresh(200, 255)
    assert.equal(text(store, 2), '1 b-0')
    assert.equal(store.shown().outdated, true)
    await settled()
    assert.deepEqual(asked.toSorted(), [' 0', ' 100', ' 200', 'b 0'])
    assert.equal(store.shown().outdated, false)
  })

  it('drop an answer that a later question has overtaken', async () => {
    const waiting: ((found: Answer) => void)[] = []
    const store = new OverviewStore(() => new Promise((resolve) => waiting.push(resolve)))
    store.show(which, [])
    store.show({ ...which, words: ['later'] }, [])
    const one = (name: string): Answer => ({ folders: [], experiments: [experiment(name)], total: 1, found: 1, running: 0, all: 1 })
    waiting[1]!(one('second'))
    waiting[0]!(one('first'))
    await settled()
    assert.equal(text(store, 0), '0 second')
  })
})
