import assert from 'node:assert/strict'
import { before, it } from 'node:test'

let code: typeof import('./code.ts')
before(async () => {
  Object.assign(globalThis, { document: { baseURI: 'http://server/' } })
  code = await import('./code.ts')
})
const url = 'http://host:5000'

it('runs are read in Python and TypeScript with the filter and the order of the page', () => {
  const { python, typescript } = code.inCode({ page: 'experiment', ids: ['1', '2'], shown: undefined, view: '' }, "?q=params.m+%3D+'a+%22b%22'&sort=metrics.auc+DESC&sort=attributes.start_time+ASC&show=deleted", url)
  assert.equal(python, `import mlflow

mlflow.set_tracking_uri("http://host:5000")
runs = mlflow.search_runs(
    experiment_ids=["1", "2"],
    filter_string="params.m = 'a \\"b\\"'",
    order_by=["metrics.auc DESC", "attributes.start_time ASC"],
    run_view_type=mlflow.entities.ViewType.DELETED_ONLY,
)
print(runs)
`)
  assert.match(typescript, /experiment_ids: \["1", "2"\],\n {2}filter: "params\.m = 'a \\"b\\"'",\n {2}order_by: \["metrics\.auc DESC", "attributes\.start_time ASC"\],\n {2}run_view_type: 'DELETED_ONLY',\n/)
})

it('a page without choices says nothing of them', () => {
  assert.match(code.inCode({ page: 'experiment', ids: ['1'], shown: undefined, view: '' }, '', url).python, /search_runs\(\n {4}experiment_ids=\["1"\],\n\)/)
})

it('a model is named exactly, and logged models and endpoints are read as what they are', () => {
  assert.match(code.inCode({ page: 'model', name: `it's "x"`, compare: [] }, '', url).python, /filter_string="name IN \(\\"it's \\\\\\"x\\\\\\"\\"\)"/)
  assert.match(code.inCode({ page: 'logged-model', id: 'm-1', path: '', line: undefined }, '', url).python, /load_model\("models:\/m-1"\)/)
  assert.match(code.inCode({ page: 'endpoint', name: 'a b' }, '', url).python, /requests\.get\("http:\/\/host:5000\/api\/cairn\/v1\/endpoints\/a%20b"\)/)
  assert.match(code.inCode({ page: 'endpoints' }, '', url).typescript, /client\.endpoints\.listPage/)
})

it('an embedded page is one address, escaped where it stands', () => {
  const { html, notebook } = code.embedIn('http://host/experiments/1?embed&q=a')
  assert.equal(html, '<iframe src="http://host/experiments/1?embed&amp;q=a" width="100%" height="600" loading="lazy" title="Cairn"></iframe>\n')
  assert.match(notebook, /IFrame\("http:\/\/host\/experiments\/1\?embed&q=a", width="100%", height=600\)/)
})

it('what was looked for among experiments and models is looked for in code, and a file is fetched', () => {
  assert.match(code.inCode({ page: 'experiments' }, '?q=defects+team%3Dvision+owner%3D&stage=archived', url).python, /search_experiments\(filter_string="name ILIKE '%defects%' AND tags\.`team` = 'vision' AND tags\.`owner` LIKE '%'", view_type=mlflow\.entities\.ViewType\.DELETED_ONLY\):/)
  assert.match(code.inCode({ page: 'experiments' }, '', url).typescript, /client\.experiments\.search\(\)/)
  assert.match(code.inCode({ page: 'models', find: 'chu' }, '?q=chu', url).typescript, /searchPage\(\{ filter: "name ILIKE '%chu%'" \}\)/)
  assert.match(code.inCode({ page: 'run', id: 'a', tab: 'artifacts', path: 'plots/roc.png', line: undefined }, '', url).python, /download_artifacts\(run_id="a", artifact_path="plots\/roc\.png"\)/)
})
