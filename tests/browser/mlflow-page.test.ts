import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, it } from 'node:test'
import type { Browser } from 'playwright-core'
import { pythonForTests } from '../../tools/setup-python.ts'
import { look, openBrowser, startSite, type Site } from './browser.ts'
import { logGrid } from './data.ts'
import { startMlflowPage } from './mlflow-page.ts'

/* MLflow's own web page, from its package, on Cairn: what it asks for is there. */

let site: Site
let browser: Browser
let page: { url: string }
const stack = new AsyncDisposableStack()
before(async () => {
  const build = execFileSync(await pythonForTests(), ['-c', 'import importlib.util, os; print(os.path.join(os.path.dirname(importlib.util.find_spec("mlflow").origin), "server/js/build"))'], { encoding: 'utf8' }).trim()
  site = stack.use(await startSite({}, undefined))
  const front = await startMlflowPage(build, site.url)
  stack.defer(() => front.stop())
  page = front
  browser = await openBrowser()
  stack.defer(() => browser.close())
})
after(() => stack.disposeAsync())

const curves = '200 GET /ajax-api/2.0/mlflow/metrics/get-history-bulk-interval'
// Groups that come later, each with 501; who is signed in is asked of every server, and without accounts MLflow's answers so too.
const known = [/^501 /, /^404 GET \/ajax-api\/2\.0\/mlflow\/users\/current$/]

it('shows experiments, runs, curves, files, comparisons, models, prompts and webhooks', { timeout: 300_000 }, async () => {
  const { client } = site
  const experiment = await logGrid(client, 'grid search', 4)
  const runs = await Array.fromAsync(client.runs.search({ experiment_ids: [experiment] }))
  const [first, second] = runs.map(({ info }) => info.run_id) as [string, string]
  await client.artifacts.upload(first, 'notes/readme.txt', 'all about these runs')
  await client.artifacts.upload(first, 'model/MLmodel', 'flavors: {}\n')
  await client.models.create({ name: 'churn', description: 'who will leave' })
  await client.models.createVersion({ name: 'churn', source: `runs:/${first}/model`, run_id: first })
  await client.models.setAlias('churn', 'champion', '1')
  const prompt = { key: 'mlflow.prompt.is_prompt', value: 'true' }
  await client.models.create({ name: 'greeting', tags: [prompt] })
  await client.models.createVersion({ name: 'greeting', source: 'dummy-source', tags: [prompt, { key: 'mlflow.prompt.text', value: 'Hello {{somebody}}' }] })
  const { info: model } = await client.loggedModels.create({ experiment_id: experiment, name: 'forest', source_run_id: first, params: [{ key: 'trees', value: '300' }] })
  await client.loggedModels.finalize(model.model_id, 'LOGGED_MODEL_READY')

  const { page: tab, context } = await look(browser)
  tab.setDefaultTimeout(60_000)
  const answers = new Set<string>()
  tab.on('response', (response) => {
    const { pathname } = new URL(response.url())
    if (pathname !== '/' && !pathname.startsWith('/static-files/')) answers.add(`${response.status()} ${response.request().method()} ${pathname.replace(/[0-9a-f]{32}/g, 'ID')}`)
  })
  await tab.goto(page.url)
  const compared = `runs=${encodeURIComponent(JSON.stringify([first, second]))}&experiments=${encodeURIComponent(JSON.stringify([experiment]))}`
  for (const [at, text] of [
    ['experiments', 'grid search'], [`experiments/${experiment}/runs`, 'logistic-0'], [`experiments/${experiment}/runs?compareRunsMode=CHART`, 'logistic-0'],
    [`experiments/${experiment}/models`, 'forest'], [`experiments/${experiment}/models/${model.model_id}`, 'trees'],
    [`experiments/${experiment}/runs/${first}`, 'learning_rate'], [`experiments/${experiment}/runs/${first}/model-metrics`, 'Add chart'],
    [`experiments/${experiment}/runs/${first}/artifacts/notes/readme.txt`, 'all about these runs'], [`compare-runs?${compared}`, 'max_depth'],
    ['models', 'churn'], ['models/churn', 'who will leave'], ['models/churn/versions/1', 'champion'], ['prompts', 'greeting'], ['prompts/greeting', 'somebody'],
    ['settings/webhooks', 'No webhooks configured'],
  ] as const) {
    await tab.evaluate((hash) => { (globalThis as unknown as { location: { hash: string } }).location.hash = hash }, `#/${at}`)
    await tab.getByText(text).filter({ visible: true }).first().waitFor()
    // Its curves come after the frame around them.
    for (let tick = 0; text === 'Add chart' && !answers.has(curves) && tick < 600; tick += 1) await tab.waitForTimeout(100)
  }
  await context.close()
  assert.deepEqual([...answers].filter((answer) => !/^[23]/.test(answer) && !known.some((pattern) => pattern.test(answer))), [])
  const asked = [
    'POST /graphql', 'GET /ajax-api/2.0/mlflow/experiments/search', 'POST /ajax-api/2.0/mlflow/runs/search', 'POST /ajax-api/2.0/mlflow/experiments/search-datasets',
    'GET /ajax-api/2.0/mlflow/artifacts/list', 'GET /get-artifact', 'POST /ajax-api/2.0/mlflow/logged-models/search',
    'GET /ajax-api/2.0/mlflow/logged-models/m-ID', 'GET /ajax-api/2.0/mlflow/registered-models/search', 'GET /ajax-api/2.0/mlflow/model-versions/search', 'GET /ajax-api/2.0/mlflow/webhooks',
  ]
  assert.deepEqual(asked.filter((request) => !answers.has(`200 ${request}`)), [])
  assert.ok(answers.has(curves))
})
