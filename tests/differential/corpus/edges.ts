import { each, experiment, get, model, patch, post, raw, remove, run, story, type Step, type Story } from '../story.ts'

const group = 'edges'
const length = [249, 250, 251]
/** A letter that takes two units of JavaScript's and one of Python's. */
const wide = '𝒳'

export const edges: readonly Story[] = [
  story(group, 'lengths are counted in characters, as Python counts them',
    experiment('lengths'), run(), model('lengths'),
    post('registered-models/create', { name: 'lengths' }, { quiet: true }), post('model-versions/create', { name: 'lengths', source: 's3://b/m' }, { quiet: true }),
    length.flatMap(count => ['k', wide].flatMap((letter): Step[] => {
      const key = letter.repeat(count)
      return [
        post('runs/log-metric', { run_id: '<run>', key, value: 1, timestamp: 1 }), post('runs/log-parameter', { run_id: '<run>', key, value: '1' }), post('runs/set-tag', { run_id: '<run>', key, value: '1' }),
        post('experiments/set-experiment-tag', { experiment_id: '<exp>', key, value: '1' }), post('registered-models/set-tag', { name: 'lengths', key, value: '1' }), post('model-versions/set-tag', { name: 'lengths', version: '1', key, value: '1' }),
        patch('logged-models/<model>/tags', { model_id: '<model>', tags: [{ key, value: '1' }] }), post('logged-models/<model>/params', { model_id: '<model>', params: [{ key, value: '1' }] }),
      ]
    })),
    each([wide.repeat(6000), wide.repeat(6001)], value => post('runs/log-parameter', { run_id: '<run>', key: `p${[...value].length}`, value })),
    each([wide.repeat(8000), wide.repeat(8001)], value => post('runs/set-tag', { run_id: '<run>', key: `t${[...value].length}`, value })),
    each([wide.repeat(20_000), wide.repeat(20_001)], value => post('experiments/set-experiment-tag', { experiment_id: '<exp>', key: `t${[...value].length}`, value })),
    each([499, 500, 501], count => post('experiments/create', { name: wide.repeat(count) })),
    each([254, 255, 256], count => post('registered-models/alias', { name: 'lengths', alias: 'a'.repeat(count), version: '1' })),
    each([6000, 6001], count => post('logged-models/<model>/params', { model_id: '<model>', params: [{ key: `v${count}`, value: wide.repeat(count) }] })),
    get('runs/get', { run_id: '<run>' }), get('logged-models/<model>')),

  story(group, 'how many fit in a batch',
    experiment('counts'), run(),
    each([[999, 0, 0], [1000, 0, 0], [1001, 0, 0], [0, 99, 0], [0, 100, 0], [0, 101, 0], [0, 0, 99], [0, 0, 100], [0, 0, 101], [799, 100, 100], [800, 100, 100], [801, 100, 100], [900, 100, 0], [901, 100, 0], [900, 0, 100], [901, 0, 100]],
      ([metrics, params, tags]) => post('runs/log-batch', {
        run_id: '<run>',
        metrics: Array.from({ length: metrics! }, (_, i) => ({ key: `m${i}`, value: i, timestamp: 1 })),
        params: Array.from({ length: params! }, (_, i) => ({ key: `p${i}`, value: 'x' })),
        tags: Array.from({ length: tags! }, (_, i) => ({ key: `t${i}`, value: 'y' })),
      }))),

  story(group, 'views by name and by number',
    experiment('views'), run(), run({ start_time: 2000 }, 'gone'), post('runs/delete', { run_id: '<gone>' }, { quiet: true }),
    each([0, 1, 2, 3, 4, 7, -1, '1', '3', 'active_only', 'Active_Only', 'ALL', 'all', 'BOGUS', '', ' ALL', 1.5, 2.0, true, 'VIEW_TYPE_UNSPECIFIED'], run_view_type => post('runs/search', { experiment_ids: ['<exp>'], run_view_type }, { note: 'wrong type: run_view_type' })),
    each([0, 1, 2, 3, 4, 7, '1', '3', 'active_only', 'ALL', 'BOGUS', '', 2.0], view_type => post('experiments/search', { max_results: 10, filter: 'name = \'views\'', view_type }, { note: 'wrong type: view_type' })),
    each(['1', '2', '3', '0', 'ALL', 'all', 'BOGUS', ''], view_type => get('experiments/search', { max_results: '10', filter: 'name = \'views\'', view_type }, { note: 'wrong type: view_type' })),
    each([1, 2, 3, 4, 5, 0, '3', 'FINISHED', 'finished', 'Finished', 'BOGUS', '', 6, 1.0], status => post('runs/update', { run_id: '<run>', status }, { note: 'wrong type: status' }))),

  story(group, 'numbers as clients write them',
    experiment('numbers'), run(),
    each(['5', ' 5', '5 ', '+5', '-5', '05', '5.0', '5e0', '0x5', '', '５', '1_0', '5.5', '9223372036854775807'], start_time => post('runs/create', { experiment_id: '<exp>', run_name: 'n', start_time }, { note: 'wrong type: start_time' })),
    each(['5.0', '5e0', '1e3', '-0', '0.0', '1E2', '5.5', '1e-3', '1e18', '1e19', '-1e18'], number => raw('POST', 'runs/create', `{"experiment_id":"<exp>","run_name":"n","start_time":${number}}`, { note: 'wrong type: start_time' })),
    each(['5.0', '1e3', '-0', '1.5', '1e18'], (number, i) => raw('POST', 'runs/log-metric', `{"run_id":"<run>","key":"s${i}","value":1,"timestamp":7,"step":${number}}`, { note: 'wrong type: step' })),
    each(['1', '"1"', '"1.5"', '" 1"', '"1e3"', '"nan"', '"NaN"', '"inf"', '"-inf"', '"Infinity"', '"-Infinity"', '"+Infinity"', '"infinity"', '"1_0"', '"0x1"', '""', 'NaN', 'Infinity', '-Infinity', '1e400', '-1e400', '"1e400"', '1e-400', 'true', '123456789012345678901234567890'],
      (value, i) => raw('POST', 'runs/log-metric', `{"run_id":"<run>","key":"v${i}","value":${value},"timestamp":7}`, { note: 'wrong type: value' })),
    each(['0', '1', '-1', '+1', ' 1', '1.0', '1e1', '', '50000', '50001', '2147483647', '2147483648', '99999999999999999999'], max_results => get('experiments/search', { max_results, filter: 'name = \'numbers\'' }, { note: 'wrong type: max_results' })),
    each([0, -1, 49_999, 50_000, 50_001, 2_147_483_647, 2_147_483_648, '50000', '1.0', 1.0], max_results => post('runs/search', { experiment_ids: ['<exp>'], filter: 'run_name = \'n\' and run_name = \'m\'', max_results }, { note: 'wrong type: max_results' })),
    each(['1000', '1001', '0', '-1'], max_results => get('registered-models/search', { filter: 'name = \'none\'', max_results })),
    each(['200000', '200001', '0', '-1'], max_results => get('model-versions/search', { filter: 'name = \'none\'', max_results })),
    each([50, 0, -1, 50_000, 50_001, 1_000_000], max_results => post('logged-models/search', { experiment_ids: ['<exp>'], max_results }))),

  story(group, 'queries as Java and R write them',
    experiment('queries'), run(), run({}, 'other'),
    post('runs/log-metric', { run_id: '<run>', key: 'm', value: 1, timestamp: 1 }, { quiet: true }),
    get('runs/get?run_uuid=<run>&run_id=<run>'), get('runs/get?run_uuid=<other>&run_id=<run>'), get('runs/get?run_id=&run_uuid=<run>'), get('runs/get?run_uuid=<run>'), get('runs/get?run_id=<run>&'), get('runs/get?&&run_id=<run>'), get('runs/get?run_id=<run>&run_id=<other>'), get('runs/get?run_id[]=<run>'),
    get('metrics/get-history?run_id=<run>&metric_key=m'), get('metrics/get-history?run_uuid=<run>&run_id=<run>&metric_key=m&max_results=1'), get('metrics/get-history?runId=<run>&metricKey=m'),
    get('metrics/get-history-bulk-interval?run_ids=<run>&run_ids=<other>&metric_key=m'), get('metrics/get-history-bulk-interval?run_ids=<run>,<other>&metric_key=m'), get('metrics/get-history-bulk-interval?run_ids[]=<run>&metric_key=m'),
    get('artifacts/list?run_id=<run>&path='), get('artifacts/list?run_uuid=<run>&path=%2e'), get('artifacts/list?run_id=<run>&page_token=x'),
    get('experiments/search?max_results=5&filter=name%20%3D%20%27queries%27&order_by=name&order_by=creation_time%20DESC'), get('experiments/search?max_results=5&filter=name+=+\'queries\'&order_by[]=name'), get('experiments/search?max_results=5&orderBy=name&filter=name%3D%27queries%27'),
    get('model-versions/search?filter=name%3D%27none%27&order_by=name%20DESC,version_number'), get('registered-models/get-latest-versions?name=none&stages=None&stages=None'),
    raw('POST', 'runs/search', '{"experiment_ids":["<exp>"],"filter":"","run_view_type":"ACTIVE_ONLY","max_results":1000,"order_by":[],"page_token":null}', { note: 'page_token null', anyOrder: true }),
    raw('POST', 'runs/search', '{"experiment_ids":"<exp>"}', { note: 'wrong type: experiment_ids' }), raw('POST', 'runs/search', '{"experiment_ids":[<exp>]}', { note: 'wrong type: experiment_ids' }),
    raw('POST', 'runs/set-tag', '{"run_uuid":"<run>","run_id":"<run>","key":"a","value":"b"}'), raw('POST', 'runs/set-tag', '{"run_uuid":"<other>","run_id":"<run>","key":"a","value":"c"}'), raw('POST', 'runs/log-parameter', '{"run_uuid":"<run>","key":"a","value":"b"}'),
    raw('POST', 'runs/update', '{"run_uuid":"<run>","run_id":"<run>","status":"FINISHED","end_time":"1700000000000"}'), get('runs/get', { run_id: '<run>' }), get('runs/get', { run_id: '<other>' })),

  story(group, 'tokens of other searches',
    experiment('tokens'), each([0, 1, 2, 3], i => run({ start_time: i, run_name: `r${i}` }, `r${i}`)),
    post('runs/search', { experiment_ids: ['<exp>'], order_by: ['start_time'], max_results: 2 }, { save: { token: 'next_page_token' } }),
    post('runs/search', { experiment_ids: ['<exp>'], order_by: ['start_time'], max_results: 1, page_token: '<token>' }),
    post('runs/search', { experiment_ids: ['<exp>'], order_by: ['start_time'], max_results: 50, page_token: '<token>' }),
    post('runs/search', { experiment_ids: ['<exp>'], order_by: ['run_name DESC'], max_results: 2, page_token: '<token>' }, { note: 'page token' }),
    post('runs/search', { experiment_ids: ['<exp>'], order_by: ['start_time'], filter: 'run_name != \'r2\'', max_results: 2, page_token: '<token>' }, { note: 'page token' }),
    post('experiments/search', { max_results: 2, page_token: '<token>' }, { note: 'page token' }), get('registered-models/search', { page_token: '<token>' }, { note: 'page token' }), get('model-versions/search', { page_token: '<token>' }, { note: 'page token' }),
    post('logged-models/search', { experiment_ids: ['<exp>'], page_token: '<token>' }, { note: 'page token' }),
    each(['x<token>', '<token>=', '<token>A', ' <token>', '<token>\n', '=', 'bnVsbA==', 'W10=', 'MQ==', 'eyJvZmZzZXQiOiAxfQ=='], page_token => post('runs/search', { experiment_ids: ['<exp>'], order_by: ['start_time'], max_results: 2, page_token }, { note: 'page token' }))),

  story(group, 'two names of a field in one message',
    experiment('twice named'), run(), model('twice'),
    post('runs/create', { experiment_id: '<exp>', experimentId: '<exp>', run_name: 'a' }), post('runs/create', { experiment_id: '<exp>', run_name: 'a', runName: 'b' }), post('runs/create', { experiment_id: '<exp>', run_name: 'a', runName: null }),
    post('runs/log-metric', { run_id: '<run>', key: 'm', value: 1, timestamp: 1, model_id: '<model>', modelId: '<model>' }), post('runs/log-batch', { run_id: '<run>', metrics: [{ key: 'm', value: 1, timestamp: 1, dataset_name: 'a', datasetName: 'b' }] }),
    get('runs/get?run_id=<run>&runId=<run>'), get('experiments/search?max_results=1&maxResults=2&filter=name%3D%27none%27'),
    patch('registered-models/update', { name: 'none', description: 'a', descriptioN: 'b' }), remove('registered-models/delete-tag', { name: 'none', key: 'k', Key: 'k' })),
  story(group, 'keys that end in a line break',
    experiment('breaks'), run(), model('breaks'),
    post('registered-models/create', { name: 'breaks' }, { quiet: true }), post('model-versions/create', { name: 'breaks', source: 's3://b/m' }, { quiet: true }),
    ['a\n', 'a\r\n', 'a\n\n', '\n', '\na'].flatMap((key): Step[] => [
      post('runs/log-metric', { run_id: '<run>', key, value: 1, timestamp: 1 }), post('runs/log-parameter', { run_id: '<run>', key, value: '1' }), post('runs/set-tag', { run_id: '<run>', key, value: '1' }),
      post('runs/log-batch', { run_id: '<run>', params: [{ key, value: '1' }] }), post('experiments/set-experiment-tag', { experiment_id: '<exp>', key, value: '1' }),
      post('registered-models/set-tag', { name: 'breaks', key, value: '1' }), post('model-versions/set-tag', { name: 'breaks', version: '1', key, value: '1' }),
      post('registered-models/alias', { name: 'breaks', alias: key, version: '1' }), get('registered-models/alias', { name: 'breaks', alias: key }), post('registered-models/create', { name: key }),
    ]),
    get('runs/get', { run_id: '<run>\n' })),
]
