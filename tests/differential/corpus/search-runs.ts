import { each, experiment, get, post, run, story, type Step, type Story } from '../story.ts'

const group = 'search'

/** Five runs that differ in everything the grammar speaks of. */
const field: Step[] = [
  experiment('search field'),
  ...[0, 1, 2, 3, 4].flatMap(i => [
    run({ start_time: 1000 + i, run_name: `run ${i}`, user_id: i % 2 ? 'ann' : 'Bob', tags: [{ key: 'team', value: ['red', 'Red', 'blue', 'a%b', 'x_y'][i]! }] }, `r${i}`),
    post('runs/log-batch', {
      run_id: `<r${i}>`,
      metrics: [
        { key: 'acc', value: i / 4, timestamp: 1, step: 0 }, { key: 'val/loss', value: 1 - i / 4, timestamp: 1, step: 0 },
        ...(i === 1 ? [{ key: 'odd', value: 'NaN', timestamp: 1 }] : []), ...(i === 2 ? [{ key: 'odd', value: 'Infinity', timestamp: 1 }] : []),
        ...(i === 3 ? [{ key: 'odd', value: -2.5, timestamp: 1 }, { key: 'p-q', value: 1, timestamp: 1 }] : []),
      ],
      params: [{ key: 'lr', value: ['0.1', '0.01', '1e-3', '0.1', 'quo\'ted "x"'][i] }, ...(i < 3 ? [{ key: 'my param', value: `v${i}` }] : [])],
    }, { quiet: true }),
  ]),
  post('runs/update', { run_id: '<r1>', status: 'FINISHED', end_time: 5000 }, { quiet: true }),
  post('runs/update', { run_id: '<r2>', status: 'FAILED', end_time: 4000 }, { quiet: true }),
  post('runs/log-inputs', { run_id: '<r0>', datasets: [{ dataset: { name: 'train', digest: 'abc', source_type: 's', source: 'x' }, tags: [{ key: 'mlflow.data.context', value: 'training' }] }] }, { quiet: true }),
  post('runs/log-inputs', { run_id: '<r1>', datasets: [{ dataset: { name: 'Test', digest: 'def', source_type: 's', source: 'x' }, tags: [{ key: 'mlflow.data.context', value: 'eval' }] }] }, { quiet: true }),
]

const filters = [
  '', '   ', '\t', 'metrics.acc > 0.5', 'metrics.acc >= 0.5 and metrics.acc <= 0.75', 'metric.acc = 0.25', 'metrics.acc != 0.25', 'METRICS.acc < 1', 'Metrics.acc < 1', 'metrics.ACC < 1',
  'metrics.acc > -1', 'metrics.acc > +0.1', 'metrics.acc > .5', 'metrics.acc > 5.', 'metrics.acc > 1e-1', 'metrics.acc > 1E-1', 'metrics.acc>0.5', 'metrics . acc > 0.5', 'metrics.acc > 0x1', 'metrics.acc > 1_0',
  'metrics.`val/loss` < 0.5', 'metrics."val/loss" < 0.5', 'metrics.\'val/loss\' < 0.5', 'metrics.val/loss < 0.5', 'metrics.p-q = 1', 'metrics.`p-q` = 1', '`metrics`.acc > 0', '`metrics.acc` > 0',
  'metrics.odd > 0', 'metrics.odd < 0', 'metrics.odd != 0', 'metrics.odd = 0', 'metrics.odd > 1e308', 'metrics.odd >= 1.7976931348623157e308', 'metrics.acc > NaN', 'metrics.acc > Infinity', 'metrics.acc > \'a\'', 'metrics.acc > \'1\'', 'metrics.acc > "1"',
  'metrics.acc IS NULL', 'metrics.acc LIKE \'1\'', 'metrics.acc IN (1, 2)', 'metrics.acc !> 1', 'metrics.acc == 1', 'metrics.acc <> 1', 'metrics.acc', 'metrics.acc >', '> 1', '0.5 < metrics.acc', 'metrics. > 1', 'metrics > 1', 'acc > 1',
  'params.lr = \'0.1\'', 'params.lr = "0.1"', 'param.lr = \'0.1\'', 'parameter.lr = \'0.1\'', 'parameters.lr = \'0.1\'', 'params.lr != \'0.1\'', 'params.lr LIKE \'0.%\'', 'params.lr like \'0._\'', 'params.lr ILIKE \'1E%\'', 'params.lr LIKE \'1E%\'', 'params.lr NOT LIKE \'0%\'', 'params.lr = 0.1', 'params.lr = x',
  'params.`my param` = \'v1\'', 'params."my param" IS NULL', 'params.`my param` IS NOT NULL', 'params.`my param` is null', 'params.`my param` IS', 'params.lr IN (\'0.1\', \'0.01\')', 'params.lr > \'0\'', 'params.lr = \'quo\'\'ted "x"\'', 'params.lr = "quo\'ted \\"x\\""', 'params.lr = \'\'', 'params.none != \'x\'', 'params.none IS NULL',
  'tags.team = \'red\'', 'tag.team = \'Red\'', 'tags.team ILIKE \'red\'', 'tags.team LIKE \'a%b\'', 'tags.team LIKE \'a\\%b\'', 'tags.team LIKE \'%_%\'', 'tags.team != \'red\'', 'tags.team IS NULL', 'tags.team IS NOT NULL', 'tags.team = 5', 'tags.mlflow.runName = \'run 1\'', 'tags.`mlflow.runName` = \'run 1\'', 'tags.none IS NULL', 'tags.team IN (\'red\')', 'tags.team = red',
  'attributes.status = \'FINISHED\'', 'attribute.status = \'FAILED\'', 'attr.status = \'RUNNING\'', 'run.status = \'RUNNING\'', 'status = \'finished\'', 'status != \'RUNNING\'', 'status LIKE \'F%\'', 'status ILIKE \'f%\'', 'status IN (\'FAILED\')', 'status > \'A\'', 'attributes.status IS NULL', 'status = FINISHED',
  'run_name = \'run 1\'', 'attributes.run_name LIKE \'run%\'', 'attributes.`run name` = \'run 2\'', '`Run name` = \'run 2\'', '`Run Name` = \'run 2\'', '"run name" = \'run 2\'', 'run name = \'run 2\'', 'run_name IN (\'run 1\')', 'user_id = \'ann\'', 'user_id ILIKE \'BOB\'', 'artifact_uri LIKE \'%artifacts\'', 'artifact_uri = \'x\'',
  'start_time > 1002', 'attributes.start_time >= 1002 AND start_time < 1004', 'start_time = \'1002\'', 'start_time = 1002.0', 'start_time = 1002.5', 'created > 1002', '`Created` > 1002', 'end_time > 4500', 'end_time = 4000', 'end_time != 4000', 'start_time LIKE \'1\'', 'start_time IN (1002)', 'start_time > 99999999999999999999',
  'run_id = \'<r1>\'', 'attributes.run_id != \'<r1>\'', 'run_id IN (\'<r1>\', \'<r2>\')', 'run_id IN (\'<r1>\',)', 'run_id IN (\'<r1>\' \'<r2>\')', 'run_id NOT IN (\'<r1>\')', 'run_id IN ()', 'run_id IN \'<r1>\'', 'run_id IN (<r1>)', 'run_id IN ("<r1>")', 'run_id IN (1, 2)', 'run_id LIKE \'%\'', 'run_id in (\'a\', 1)', 'NOT run_id = \'x\'',
  'dataset.name = \'train\'', 'datasets.name = \'train\'', 'dataset.name LIKE \'t%\'', 'dataset.name ILIKE \'t%\'', 'dataset.digest = \'abc\'', 'dataset.context = \'training\'', 'dataset.context != \'training\'', 'dataset.name IN (\'train\', \'Test\')', 'dataset.name NOT IN (\'train\')', 'dataset.digest IN (\'abc\')', 'dataset.context IN (\'eval\')', 'dataset.nope = \'x\'', 'dataset.name > \'a\'', 'dataset.name = 5', 'dataset.name = \'train\' AND dataset.context = \'eval\'',
  'experiment_id = \'1\'', 'lifecycle_stage = \'active\'', 'attributes.nothing = \'x\'', 'nothing.at = \'all\'', 'attributes.artifact_uri > \'x\'', 'metrics.acc > 0.1 OR metrics.acc < 0', '(metrics.acc > 0.1)', 'metrics.acc > 0.1 AND (params.lr = \'0.1\')', 'metrics.acc > 0.1 AND', 'AND metrics.acc > 0.1', 'metrics.acc > 0.1 AND AND params.lr = \'0.1\'', 'metrics.acc > 0.1; metrics.acc < 1', 'metrics.acc > 0.1;', 'metrics.acc > 0.1, metrics.acc < 1', 'metrics.acc BETWEEN 0 AND 1', 'params.lr BETWEEN \'a\' AND \'b\'', 'metrics.acc > 0.1 params.lr = \'0.1\'',
  'metrics.acc > 0.1 -- comment', 'metrics.acc > /* c */ 0.1', 'SELECT 1', '\'; DROP TABLE runs; --', '1', '\'a\' = \'a\'', 'metrics.acc > (SELECT 1)', 'metrics.acc > metrics.acc', 'metrics.acc\n>\n0.5', 'metrics.acc > 0.1 aNd params.lr = \'0.1\'', 'params.lr = \'0.1', 'params.`lr = \'0.1\'', 'params.lr = \'日本\'', 'params.`日本` = \'x\'', 'tags.a.b.c = \'x\'', 'params.lr=\'0.1\'AND metrics.acc>0',
]

const orders: readonly (readonly string[])[] = [
  [], ['metrics.acc'], ['metrics.acc ASC'], ['metrics.acc DESC'], ['metrics.acc desc'], ['metric.acc'], ['metrics.`val/loss` DESC'], ['metrics."val/loss"'], ['metrics.odd'], ['metrics.odd DESC'], ['metrics.none'], ['params.lr'], ['params.lr DESC', 'start_time'], ['params.`my param`'], ['params.`my param` DESC'],
  ['tags.team'], ['tag.team DESC'], ['attributes.start_time'], ['attribute.start_time DESC'], ['start_time ASC'], ['start_time DESC'], ['end_time'], ['end_time DESC'], ['status', 'start_time ASC'], ['run_name DESC'], ['attributes.`run name`'], ['run_id'], ['artifact_uri'], ['user_id', 'start_time'], ['created'], ['Created DESC'], ['metrics.acc DESC', 'params.lr ASC', 'tags.team'],
  [''], ['   '], ['metrics.acc BOGUS'], ['metrics.acc ASC DESC'], ['metrics'], ['acc'], ['nothing.x'], ['attributes.nothing'], ['metrics.acc, params.lr'], ['experiment_id'], ['dataset.name'], ['lifecycle_stage'], ['params.`日本` Asc'], ['metrics.acc ASC', 'metrics.acc DESC'], ['tags.`team` ASC', 'metrics.acc ASC', 'metrics.acc Asc'], ['start_time', 'attributes.start_time'],
]

export const searchRuns: readonly Story[] = [
  story(group, 'filters and orders of runs', field,
    each(filters, filter => post('runs/search', { experiment_ids: ['<exp>'], filter, order_by: ['attributes.start_time ASC'] })),
    each(orders, order_by => post('runs/search', { experiment_ids: ['<exp>'], order_by }, { anyOrder: order_by[0] === 'run_id' || order_by[0] === 'artifact_uri' })),
    each(['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL'], run_view_type => post('runs/search', { experiment_ids: ['<exp>'], run_view_type })),
    post('runs/delete', { run_id: '<r0>' }, { quiet: true }),
    each(['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL'], run_view_type => post('runs/search', { experiment_ids: ['<exp>'], run_view_type, order_by: ['start_time'] })),
    each([0, -1, 1, 2, 50_000, 50_001], max_results => post('runs/search', { experiment_ids: ['<exp>'], max_results })),
    each([[], ['99999'], ['<exp>', '<exp>'], ['<exp>', '99999'], ['0']], experiment_ids => post('runs/search', { experiment_ids })),
    each([['abc'], [''], ['1; DROP TABLE runs']], experiment_ids => post('runs/search', { experiment_ids })),
    post('runs/search', {}),
    post('runs/search', { experimentIds: ['<exp>'], maxResults: 2, orderBy: ['start_time'], runViewType: 'ALL' }),
    post('runs/search', { experiment_ids: ['<exp>'], max_results: '2' }),
    get('runs/search', { experiment_ids: '<exp>' })),

  story(group, 'pages of runs', experiment('pages'),
    each(Array.from({ length: 7 }, (_, i) => i), i => run({ start_time: 1000 + i, run_name: `run ${i}` }, `p${i}`)),
    each([0, 2, 4], i => post('runs/log-metric', { run_id: `<p${i}>`, key: 'm', value: i % 3, timestamp: 1 }, { quiet: true })),
    [['metrics.m'], ['metrics.m DESC'], ['start_time'], ['run_name DESC'], []].flatMap(order_by => [
      post('runs/search', { experiment_ids: ['<exp>'], order_by, max_results: 3 }, { save: { token: 'next_page_token' } }),
      post('runs/search', { experiment_ids: ['<exp>'], order_by, max_results: 3, page_token: '<token>' }, { save: { token: 'next_page_token' } }),
      post('runs/search', { experiment_ids: ['<exp>'], order_by, max_results: 3, page_token: '<token>' }),
    ]),
    post('runs/search', { experiment_ids: ['<exp>'], max_results: 7 }),
    each(['rubbish', 'e30=', 'eyJvZmZzZXQiOiAtMX0=', '!!!', ''], page_token => post('runs/search', { experiment_ids: ['<exp>'], page_token }, { note: 'page token' })),
    each(['rubbish', 'e30='], page_token => post('experiments/search', { max_results: 5, page_token }, { note: 'page token' })),
    each(['rubbish', 'e30='], page_token => get('registered-models/search', { page_token }, { note: 'page token' })),
    each(['rubbish', 'e30='], page_token => get('model-versions/search', { page_token }, { note: 'page token' }))),

  story(group, 'bounds of a search', experiment('bounds'), run(),
    post('runs/search', { experiment_ids: ['<exp>'], filter: `run_id IN (${Array.from({ length: 5000 }, (_, i) => `'r${i}'`).join(', ')})` }, { note: 'over a bound' }),
    post('runs/search', { experiment_ids: ['<exp>'], order_by: Array.from({ length: 200 }, (_, i) => `metrics.m${i}`) }, { note: 'over a bound' }),
    post('runs/search', { experiment_ids: ['<exp>'], filter: Array.from({ length: 100 }, (_, i) => `metrics.m${i} > 0`).join(' AND ') }, { note: 'over a bound' })),
]
