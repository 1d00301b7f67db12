/** The pages, and what is done on each of them. */
import type { CairnClient } from '@cairn/sdk'
import { sampleFiles } from '../../tests/browser/files.ts'
import type { Detail } from './detail.ts'
import { click, clickOn, focus, leave, press, type, type Step } from './inputs.ts'
import { withElements, withText } from './visit.ts'

export interface Screen {
  readonly name: string
  readonly path: string
  readonly ready: string
  readonly steps: readonly Step[]
}

/** Beside the runs and the model of comparisons: what runs, what failed, children, a log, and a file of each kind. */
export async function seedScreens(client: CairnClient, { run }: Detail): Promise<void> {
  const now = Date.now()
  for (let at = 0; at < 8; at += 1) {
    const { info: { run_id } } = await client.runs.create({ experiment_id: '0', run_name: `running-${at}`, start_time: now - at * 1000, tags: [{ key: 'mlflow.parentRunId', value: run }] })
    await client.runs.logBatch({ run_id, metrics: Array.from({ length: 100 }, (_, step) => ({ key: 'loss', value: Math.exp(-step / 30) + at, step, timestamp: now })) })
    if (at % 2 === 1) await client.runs.update({ run_id, status: 'FAILED', end_time: now })
  }
  await client.runs.logBatch({ run_id: run, metrics: Array.from({ length: 900 }, (_, index) => ({ key: `system/${['cpu', 'memory', 'disk'][index % 3]!}`, value: Math.sin(index / 60), step: Math.floor(index / 3), timestamp: now + index })) })
  for (const [path, body] of Object.entries(await sampleFiles())) await client.artifacts.upload(run, path, new Blob([body as Uint8Array<ArrayBuffer> | string]))
}

/** What can be done with charts, wherever they stand. Choices are changed by their keys: only these are inputs to a browser. */
const chartSteps: readonly Step[] = [
  ...['Along', 'Smoothing', 'Values'].flatMap((label): Step[] => [focus('combobox', new RegExp(`^${label}`)), press('ArrowDown', 'ArrowUp')]),
  click('checkbox', 'Clip outliers'), click('checkbox', 'Clip outliers'),
  focus('searchbox', 'Find metrics'), type('1'), press('Control+a', 'Delete'),
  clickOn('.panel [data-full]'), press('Escape'),
  clickOn('.panel [aria-label^="Menu of"]'), press('ArrowDown', 'Escape'),
  (page) => page.locator('.plot').first().focus(), press('ArrowRight', 'ArrowRight', '+', '-', 'Escape'),
]

/** Opened below a run; what is drawn when they are ready; what is done. */
const files: readonly (readonly [path: string, ready: string, steps: readonly Step[]])[] = [
  ['plots/roc.png', withText('240 × 180 px'), [click('button', 'Zoom in'), click('button', 'Zoom in'), click('button', 'Fit'), press('+', '-')]],
  ['predictions.csv', withText('customer, 1'), [press('PageDown'), click('button', 'Read to the last row'), click('button', /score/)]],
  ['data.parquet', withElements('.artifact-main [role="table"]'), [press('PageDown')]],
  ['metrics.json', withElements('.json-tree'), [click('button', /nested/), click('button', 'Text'), click('button', 'Tree')]],
  ['train.py', withText('step_1', true), [clickOn('.artifact-main [href*="line=3"]')]],
  ['report.md', withText('metric'), [press('Tab')]],
  ['notebook.ipynb', withText('Churn'), [press('Tab')]],
  ['weights.npy', withText('Lowest'), [focus('slider', /Slice/), press('ArrowRight', 'ArrowRight')]],
  ['net.onnx', withText('Sigmoid'), [click('button', 'Zoom in')]],
  ['report.pdf', withElements('.artifact-main canvas'), [press('PageDown')]],
  ['page.html', withElements('.artifact-main iframe'), [press('Tab')]],
  ['model/MLmodel', withText('tenure'), [click('button', 'TypeScript'), click('button', 'curl')]],
]

export function screensOf({ compared, run }: Detail): readonly Screen[] {
  const ofRun = (tab: string): string => `/runs/${run}${tab === '' ? '' : `/${tab}`}`
  return [
    { name: 'home', path: '/', ready: withText('running-0'), steps: [press('?'), leave, press('Tab', 'Tab'), click('button', 'Mark as seen'), click('link', /^All \d+ experiments/)] },
    { name: 'the palette', path: '/', ready: withText('running-0'), steps: [press('Control+k'), type('compared-1'), press('ArrowDown', 'ArrowDown', 'Enter')] },
    {
      name: 'the list of experiments', path: '/experiments', ready: withText('experiment-39'),
      steps: [press('j', 'j', 'x', 'j', 'x', 'r'), leave, press('t'), leave, press('n'), leave, press('e', 'e', 'v'), focus('combobox', 'Sort by'), press('ArrowDown'), press('/'), type('experiment-1'), press('ArrowDown', 'Enter')],
    },
    {
      name: 'charts of 50 runs', path: '/experiments/0?view=charts&first=50', ready: withElements('.plot[data-lines]', 2),
      steps: [...chartSteps, press(']', ']', '[', '['), focus('combobox', /^Group by/), press('ArrowDown', 'ArrowUp')],
    },
    { name: 'a run', path: ofRun(''), ready: withElements('[data-metric="curve-0"] .plot[data-lines="1"]'), steps: [(page) => page.locator('.plot').first().focus(), press('ArrowRight', 'ArrowRight', '+', '-', 'Escape'), click('link', 'Charts')] },
    { name: 'charts of a run', path: ofRun('charts'), ready: withElements('.plot[data-lines="1"]', 2), steps: chartSteps },
    { name: 'system metrics of a run', path: ofRun('system'), ready: withElements('.plot[data-lines="1"]', 3), steps: [(page) => page.locator('.plot').first().focus(), press('ArrowRight', '+', 'Escape')] },
    { name: 'artifacts of a run', path: ofRun('artifacts'), ready: withText('train.py', true), steps: [focus('searchbox', 'Find artifacts'), type('roc'), press('Control+a', 'Delete'), click('button', /^plots/), click('link', /report\.md/)] },
    { name: 'lineage of a run', path: ofRun('lineage'), ready: withElements('main .graph-frame, main .empty'), steps: [press('Tab')] },
    { name: 'children of a run', path: ofRun('children'), ready: withText('running-3'), steps: [press('Tab'), click('link', 'running-3')] },
    { name: 'log of a run', path: ofRun('log'), ready: withElements('main .empty, main .log'), steps: [press('Tab')] },
    ...files.map(([path, ready, steps]): Screen => ({ name: `a file, ${path}`, path: `${ofRun('artifacts')}/${path}`, ready, steps })),
    {
      name: '50 runs compared', path: `/compare?runs=${compared.join(',')}`, ready: withText('metric-8'),
      steps: [focus('searchbox', 'Find rows'), type('param'), press('Control+a', 'Delete'), click('checkbox', 'Only differences'), click('checkbox', 'Only differences'), focus('region', 'Runs compared'), press('PageDown', 'PageDown', 'ArrowRight'), click('button', 'Charts'), ...chartSteps.slice(0, 6), click('button', 'Files')],
    },
    { name: 'models', path: '/models', ready: withText('compared'), steps: [focus('searchbox', 'Find models'), type('com'), click('link', 'compared')] },
    {
      name: 'a model', path: '/models/compared', ready: withText('Version 3', true),
      steps: [click('checkbox', 'Compare version 1'), click('checkbox', 'Compare version 2'), click('checkbox', 'Only differences'), click('button', 'Promote version 2'), type('better'), leave, click('link', 'Version 3')],
    },
    { name: 'a version', path: '/models/compared/versions/3', ready: withText('Load and serve'), steps: [click('button', 'TypeScript'), click('button', 'curl'), press('p'), type('better'), leave] },
    { name: 'endpoints', path: '/endpoints', ready: withElements('main .empty, main table'), steps: [press('Tab'), press('?'), leave] },
  ]
}
