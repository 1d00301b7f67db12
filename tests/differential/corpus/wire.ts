import { each, experiment, get, post, raw, run, story, type Story } from '../story.ts'

const group = 'wire'
const json = { 'content-type': 'application/json' }

export const wire: readonly Story[] = [
  story(group, 'bodies that are not what they should be',
    each(['', '{', 'not json', '{"experiment_id":', '\'single\'', '{"a":1,}', '{"experiment_id" "0"}', '\ufeff{}'], text => raw('POST', 'experiments/delete', text)),
    each(['[]', '1', 'true', 'null', '"text"', '[{"experiment_id":"0"}]', 'NaN'], text => raw('POST', 'experiments/delete', text, { note: 'not an object' })),
    raw('POST', 'experiments/create', '"{\\"name\\": \\"json in json\\"}"'),
    raw('POST', 'experiments/create', '{"name":"twice","name":"twice 2"}'), get('experiments/get-by-name', { experiment_name: 'twice 2' }),
    raw('POST', 'experiments/create', '  {"name" : "spaces"}  '),
    raw('POST', 'experiments/create', '{"name":"unknown fields","foo":1,"bar":{"x":[null]}}'),
    raw('POST', 'experiments/create', '{"name":"\\u0041 escaped"}'), get('experiments/get-by-name', { experiment_name: 'A escaped' }),
    raw('POST', 'experiments/create', `{"name":"deep","x":${'['.repeat(500)}${']'.repeat(500)}}`)),

  story(group, 'content types',
    each(['text/plain', 'application/x-www-form-urlencoded', 'application/JSON', 'application/json; charset=utf-8', 'application/json;charset=latin1', 'multipart/form-data', '', 'rubbish', ';;', 'application/problem+json'], type => raw('POST', 'experiments/search', '{"max_results":1,"filter":"name = \'none\'"}', { headers: { 'content-type': type } })),
    { method: 'POST', path: 'experiments/search' }, { method: 'DELETE', path: 'registered-models/delete' }, { method: 'PATCH', path: 'registered-models/update' },
    get('experiments/get', { experiment_id: '0' }, { headers: { 'content-type': 'text/plain' } })),

  story(group, 'routes and methods',
    each(['nothing', 'experiments', 'experiments/', 'experiments/get/', 'Experiments/get', 'experiments/get/0', 'runs'], path => get(path)),
    each(['/api/2.0/nothing', '/api/1.0/mlflow/experiments/get', '/api/4.0/mlflow/experiments/get', '/api', '/api/2.0/mlflow', '/nothing', '/ajax-api/2.0/nothing', '/api/2.0/mlflow//experiments/get'], path => get(path)),
    each(['GET', 'PUT', 'DELETE', 'PATCH'], method => ({ method, path: 'experiments/create', compareHeaders: ['allow'] })),
    { method: 'POST', path: 'experiments/get', json: { experiment_id: '0' } }, { method: 'GET', path: 'runs/search' }, { method: 'POST', path: '/health', json: {} },
    { method: 'OPTIONS', path: 'experiments/get' }, { method: 'HEAD', path: 'experiments/get?experiment_id=0' },
    get('/api/3.0/mlflow/experiments/get', { experiment_id: '0' }, { note: 'other prefix' }), get('/ajax-api/3.0/mlflow/experiments/get', { experiment_id: '0' }, { note: 'other prefix' }), get('/ajax-api/2.0/mlflow/experiments/get', { experiment_id: '0' })),

  story(group, 'health, version, capabilities',
    get('/health', {}, { compareHeaders: ['content-type'] }), get('/version'),
    each(['/api/3.0/mlflow/server-info', '/ajax-api/3.0/mlflow/server-info'], path => get(path, {}, { note: 'multipart' })),
    get('/api/2.0/mlflow/server-info', {}, { note: 'other prefix' })),

  story(group, 'ill-formed text',
    experiment('text'), run(),
    each(['"a\\u0000b"', '"\\ud800"', '"x\\udc00y"', '"\\ud83d"'], value => raw('POST', 'runs/set-tag', `{"run_id":"<run>","key":"t","value":${value}}`, { note: 'ill-formed text' })),
    each(['"a\\u0000b"', '"\\ud800"'], value => raw('POST', 'runs/log-parameter', `{"run_id":"<run>","key":"p${value.length}","value":${value}}`, { note: 'ill-formed text' })),
    each(['"a\\u0000b"', '"\\ud800"'], name => raw('POST', 'experiments/create', `{"name":${name}}`, { note: 'ill-formed text' })),
    each(['"a\\u0000b"', '"\\ud800"'], name => raw('POST', 'registered-models/create', `{"name":${name}}`, { note: 'ill-formed text' })),
    each(['"a\\u0000b"', '"\\ud800"'], filter => raw('POST', 'runs/search', `{"experiment_ids":["<exp>"],"filter":${filter}}`, { note: 'ill-formed text' })),
    each(['"a\\u0000b"'], id => raw('POST', 'runs/log-batch', `{"run_id":${id}}`, { note: 'ill-formed text' })),
    raw('POST', 'runs/set-tag', '{"run_id":"<run>","key":"pair","value":"\\ud83e\\udea8"}'),
    get('experiments/get-by-name?experiment_name=%00', {}, { note: 'ill-formed text' }), get('experiments/get-by-name?experiment_name=%ff%fe', {}, { note: 'ill-formed text' }), get('experiments/get-by-name?experiment_name=%', {})),

  story(group, 'query strings',
    get('experiments/get?experiment_id=0&experiment_id=1'), get('experiments/get?experimentId=0'), get('experiments/get?unknown=1&experiment_id=0'), get('experiments/get?experiment_id=%30'), get('experiments/get-by-name?experiment_name=De+fault'), get('experiments/get-by-name?experiment_name=Default#x'),
    get('/api/3.0/mlflow/traces/get?trace_id=x&allow_partial=maybe', {}, { note: 'later group' })),

  story(group, 'who may ask',
    get('experiments/get', { experiment_id: '0' }, { headers: { host: 'evil.example' } }), get('experiments/get', { experiment_id: '0' }, { headers: { host: 'localhost:1234' } }), get('experiments/get', { experiment_id: '0' }, { headers: { host: '192.168.1.7:5000' } }),
    get('experiments/get', { experiment_id: '0' }, { headers: { host: '10.evil.example' }, note: 'host that looks private' }), get('experiments/get', { experiment_id: '0' }, { headers: { host: '192.168.evil.example' }, note: 'host that looks private' }),
    get('/health', {}, { headers: { host: 'evil.example' } }), get('/version', {}, { headers: { host: 'evil.example' } }),
    each(['https://evil.example', 'http://localhost:3000', 'null', 'http://127.0.0.1:9', 'http://localhost.evil.example'], origin => raw('POST', 'experiments/search', '{"max_results":1,"filter":"name = \'none\'"}', { headers: { ...json, origin } })),
    get('experiments/get', { experiment_id: '0' }, { headers: { origin: 'https://evil.example' }, compareHeaders: ['access-control-allow-origin'] }),
    get('experiments/get', { experiment_id: '0' }, { compareHeaders: ['x-content-type-options', 'x-frame-options', 'content-type'] }),
    post('experiments/search', { max_results: 1 }, { headers: { 'x-mlflow-workspace': 'default' }, note: 'workspace header' })),
]
