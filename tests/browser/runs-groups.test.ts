import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { violations } from './browser.ts'
import { share } from './share.ts'

describe('groups of runs', () => {
  let id = ''
  const own = share(async ({ client }) => {
    id = await client.experiments.create({ name: 'grouped' })
    // By size 2, 10, 1; by the mean of the last losses 1, 10, 2, by the highest of all 2, 1, 10; by their starts 10, 2, 1, upwards 1, 10, 2.
    for (const [at, [depth, loss]] of ([['1', 9], ['10', 5], ['2', 1], ['2', 2], ['2', 6], ['10', 5.5]] as const).entries()) {
      const { info: { run_id } } = await client.runs.create({ experiment_id: id, run_name: `run-${at}`, start_time: 1_000_000 + at })
      await client.runs.logBatch({ run_id, metrics: [...(at === 2 ? [{ key: 'loss', value: 20, step: 0, timestamp: 1 }] : []), { key: 'loss', value: loss, step: 1, timestamp: 2 }], params: [{ key: 'depth', value: depth }] })
    }
  })

  it('follow the order of the runs, or what is pressed above them; the address keeps it, and it is said', async () => {
    const { page, context, complaints } = await own.look()
    const sorted = async (name: string, way: string, groups: string[]): Promise<void> => {
      await page.locator(`th[aria-sort="${way}"]`).getByRole('button', { name, exact: true }).waitFor()
      assert.equal(await page.locator('.groups th[aria-sort="ascending"], .groups th[aria-sort="descending"]').count(), 1)
      await page.locator('#group-line-0').getByRole('button', { name: groups[0]!, exact: true }).waitFor()
      assert.deepEqual(await page.locator('.groups tbody th').allTextContents(), groups)
    }
    const press = (name: string) => page.getByRole('columnheader').getByRole('button', { name, exact: true }).click()
    await page.goto(`${own.url}/experiments/${id}?view=table&sort=metrics.loss+ASC`)
    await page.getByRole('link', { name: 'run-0', exact: true }).waitFor()
    await page.getByRole('combobox', { name: 'Group', exact: true }).selectOption('params.depth')
    await sorted('loss', 'ascending', ['2', '10', '1'])
    await page.locator('.foot').getByText('Sorted by loss ↑ Largest first', { exact: true }).waitFor()
    await press('loss')
    await sorted('Runs', 'descending', ['2', '10', '1'])
    await press('loss')
    await sorted('loss', 'descending', ['1', '10', '2'])
    await press('depth')
    await sorted('depth', 'descending', ['10', '2', '1'])
    assert.deepEqual(new URL(page.url()).searchParams.getAll('sort'), ['params.depth DESC'])
    await page.getByRole('button', { name: 'Last start', exact: true }).focus()
    await page.keyboard.press('Enter')
    await sorted('Last start', 'descending', ['10', '2', '1'])
    await page.keyboard.press('Enter')
    await sorted('First start', 'ascending', ['1', '10', '2'])
    await page.reload()
    await sorted('First start', 'ascending', ['1', '10', '2'])
    assert.deepEqual(await violations(page), [])
    // So are the runs of one, and the groups when one is back.
    await page.locator('#group-line-2').getByRole('button', { name: '2', exact: true }).click()
    await page.getByRole('link', { name: 'run-2', exact: true }).waitFor()
    await page.getByRole('link', { name: 'run-0', exact: true }).waitFor({ state: 'detached' })
    assert.deepEqual(await page.getByRole('link', { name: /^run-\d$/ }).allTextContents(), ['run-2', 'run-3', 'run-4'])
    await page.getByRole('button', { name: 'All groups' }).click()
    await sorted('First start', 'ascending', ['1', '10', '2'])
    await page.getByRole('button', { name: 'Largest first' }).last().click()
    await sorted('Runs', 'descending', ['2', '10', '1'])
    assert.equal(new URL(page.url()).searchParams.has('sort'), false)
    // Where the highest of all points is shown of runs, it is of groups.
    await page.goto(`${own.url}/experiments/${id}?view=table&by=params.depth&best=max:metrics.loss`)
    await press('loss highest')
    await sorted('loss highest', 'descending', ['2', '1', '10'])
    assert.deepEqual(await page.locator('.groups tbody td:last-child').allTextContents(), ['9.333 ± 9.452 · 2 to 20', '9 ± 0 · 9 to 9', '5.25 ± 0.3536 · 5 to 5.5'])
    assert.deepEqual(complaints, [])
    await context.close()
  })
})
