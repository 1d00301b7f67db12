import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { layoutSections, ownSection, readPut, readSize, stepped, withPut, withSectionBefore, withSectionStepped, writePut, writeSize, type Put } from './layout.ts'

const metrics = ['auc', 'train/acc', 'train/loss', 'val/acc', 'val/loss']
const plain = { metrics, own: ['#1'], puts: [], off: [] }

describe('the layout of panels', () => {
  test('is by prefix, with one’s own panels first', () => {
    assert.deepEqual(layoutSections(plain), [[ownSection, ['#1']], ['', ['auc']], ['train', ['train/acc', 'train/loss']], ['val', ['val/acc', 'val/loss']]])
  })

  test('keeps what was moved where it was put, in new sections too, and leaves out what was taken away', () => {
    const puts: Put[] = [{ id: 'val/loss', section: 'train', before: 'train/loss' }, { id: 'auc', section: ownSection, before: '#1' }, { id: '#1', section: 'Best ones', before: '' }]
    assert.deepEqual(layoutSections({ ...plain, puts, off: ['train/acc'] }), [[ownSection, ['auc']], ['Best ones', ['#1']], ['train', ['val/loss', 'train/loss']], ['val', ['val/acc']]])
  })

  test('shows every panel once, whatever is moved', () => {
    const ids = [...metrics, '#1', 'gone']
    const put = fc.record({ id: fc.constantFrom(...ids), section: fc.constantFrom(ownSection, '', 'train', 'new'), before: fc.constantFrom('', ...ids) })
    fc.assert(fc.property(fc.array(put), (puts) => {
      assert.deepEqual(layoutSections({ ...plain, puts }).flatMap(([, all]) => all).sort(), [...metrics, '#1'].sort())
    }))
  })

  test('moves by a place, and over the edges of sections', () => {
    const move = (id: string, ...steps: Parameters<typeof stepped>[2][]): unknown => {
      let puts: Put[] = []
      for (const step of steps) {
        const next = stepped(layoutSections({ ...plain, puts }), id, step)
        if (next !== undefined) puts = withPut(puts, next)
      }
      return layoutSections({ ...plain, puts }).find(([, ids]) => ids.includes(id))
    }
    assert.deepEqual(move('train/acc', 'right'), ['train', ['train/loss', 'train/acc']])
    assert.deepEqual(move('train/acc', 'right', 'right', 'left'), ['train', ['train/acc', 'train/loss']])
    assert.deepEqual(move('train/loss', 'down'), ['val', ['train/loss', 'val/acc', 'val/loss']])
    assert.deepEqual(move('#1', 'down', 'up'), [ownSection, ['#1']])
    assert.deepEqual(move('auc', 'up'), [ownSection, ['#1', 'auc']])
  })

  test('has its sections in the order that was chosen, those that came later behind them', () => {
    const names = (order: readonly string[]): string[] => layoutSections({ ...plain, order }).map(([name]) => name)
    const usual = layoutSections(plain)
    assert.deepEqual(names(withSectionBefore(usual, 'val', '')), [ownSection, 'val', '', 'train'])
    assert.deepEqual(names(withSectionBefore(usual, ownSection, undefined)), ['', 'train', 'val', ownSection])
    assert.deepEqual(names(withSectionStepped(usual, 'train', 1)!), [ownSection, '', 'val', 'train'])
    assert.equal(withSectionStepped(usual, 'val', 1), undefined)
    assert.equal(withSectionStepped(usual, ownSection, -1), undefined)
    assert.deepEqual(names(['val', 'gone']), ['val', ownSection, '', 'train'])
  })

  test('is read back from an address', () => {
    const text = fc.string({ minLength: 1 })
    fc.assert(fc.property(text, text, fc.string(), (id, section, before) => assert.deepEqual(readPut(writePut({ id, section, before })), [{ id, section, before }])))
    fc.assert(fc.property(text, fc.integer({ min: 1, max: 4 }), (id, width) => assert.deepEqual(readSize(writeSize(id, { width, height: 2 })), [[id, { width, height: 2 }]])))
    assert.deepEqual([readPut(''), readSize('9x1*auc'), readSize('auc')], [[], [], []])
  })
})
