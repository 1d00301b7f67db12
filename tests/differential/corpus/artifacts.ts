import { each, experiment, get, model, post, raw, remove, run, story, type Story } from '../story.ts'

const group = 'artifacts'
const proxy = '/api/2.0/mlflow-artifacts'
const put = (path: string, text: string, more: Record<string, unknown> = {}) => raw('PUT', `${proxy}/artifacts/${path}`, text, { headers: { 'content-type': 'application/octet-stream' }, ...more })
const file = ['content-type', 'content-disposition', 'x-content-type-options']

export const artifacts: readonly Story[] = [
  story(group, 'up, list, down, delete',
    experiment('art'), run(),
    put('<exp>/<run>/artifacts/a.txt', 'hello'), put('<exp>/<run>/artifacts/sub/b.json', '{}'), put('<exp>/<run>/artifacts/sub/deep/c.bin', ''), put('<exp>/<run>/artifacts/%C3%A4%20%C3%B6+.txt', 'x'),
    get('artifacts/list', { run_id: '<run>' }), get('artifacts/list', { run_id: '<run>', path: 'sub' }), get('artifacts/list', { run_uuid: '<run>', path: 'sub/deep' }),
    each(['a.txt', 'none', '', '.', './sub', 'sub/', 'sub//deep', '../up', '/', '/etc', 'sub/../sub', '%2e%2e', '..%2f', 'C:\\x', 'a\\b', '#', 'a;b', 'a?b'], path => get('artifacts/list', { run_id: '<run>', path })),
    get('artifacts/list'), get('artifacts/list', { run_id: '0'.repeat(32) }),
    get(`${proxy}/artifacts`, { path: '<exp>/<run>/artifacts' }), get(`${proxy}/artifacts`, { path: '<exp>/<run>/artifacts/sub' }), get(`${proxy}/artifacts`, { path: '<exp>/<run>/artifacts/a.txt' }), get(`${proxy}/artifacts`, { path: 'nothing' }),
    each(['../x', '/etc', '%2e%2e/x', 'a/../../x', 'a#b', 'C:/x'], path => get(`${proxy}/artifacts`, { path })),
    get(`${proxy}/artifacts/<exp>/<run>/artifacts/a.txt`, {}, { compareHeaders: [...file, 'content-length'] }),
    get(`${proxy}/artifacts/<exp>/<run>/artifacts/sub/b.json`, {}, { compareHeaders: file }),
    get(`${proxy}/artifacts/<exp>/<run>/artifacts/sub/deep/c.bin`, {}, { compareHeaders: file }),
    get(`${proxy}/artifacts/<exp>/<run>/artifacts/%C3%A4%20%C3%B6+.txt`),
    get(`${proxy}/artifacts/<exp>/<run>/artifacts/a.txt`, {}, { headers: { range: 'bytes=1-3' }, compareHeaders: ['content-range'] }),
    get(`${proxy}/artifacts/<exp>/<run>/artifacts/a.txt`, {}, { headers: { range: 'bytes=-2' }, compareHeaders: ['content-range'] }),
    get(`${proxy}/artifacts/<exp>/<run>/artifacts/a.txt`, {}, { headers: { range: 'bytes=99-' }, note: 'range out of bounds' }),
    get(`${proxy}/artifacts/<exp>/<run>/artifacts/none`), get(`${proxy}/artifacts/<exp>/<run>/artifacts/sub`),
    get('/get-artifact', { run_id: '<run>', path: 'a.txt' }, { compareHeaders: file }), get('/get-artifact', { run_uuid: '<run>', path: 'sub/b.json' }, { compareHeaders: file }),
    each(['none', 'sub', '../x', '/etc/passwd', '~/x', '', '%2e%2e%2fx', 'C:/x'], path => get('/get-artifact', { run_id: '<run>', path })),
    get('/get-artifact', { path: 'x' }), get('/get-artifact', { run_id: '<run>' }), get('/get-artifact', { run_id: '0'.repeat(32), path: 'x' }),
    remove(`${proxy}/artifacts/<exp>/<run>/artifacts/a.txt`, undefined), remove(`${proxy}/artifacts/<exp>/<run>/artifacts/a.txt`, undefined), remove(`${proxy}/artifacts/<exp>/<run>/artifacts/sub`, undefined),
    get('artifacts/list', { run_id: '<run>' })),

  story(group, 'paths that escape',
    each(['../x', '..%2fx', '%2e%2e%2fx', '%252e%252e%252fx', 'a/../../x', 'a%2f..%2f..%2fx', '%2fetc%2fpasswd', '//etc/passwd', 'C:/x', 'C%3A%5Cx', 'a%23b', 'a/%2e%2e/b', '%00', 'a%00b'], path => put(path, 'x', /%00/.test(path) ? { note: 'ill-formed text' } : {})),
    each(['../x', '..%2fx', '%2e%2e%2fx', '%252e%252e%252fx', '%2fetc%2fpasswd', 'C:/x', 'a%5c..%5cx', 'a%23b', 'a;b/../x'], path => get(`${proxy}/artifacts/${path}`)),
    each(['..%2fx', '%252e%252e%252fx', '%2fetc%2fpasswd'], path => remove(`${proxy}/artifacts/${path}`, undefined)),
    each(['.', '%2e', './', '/'], path => remove(`${proxy}/artifacts/${path}`, undefined, { note: 'artifact root' }))),

  story(group, 'parts, where the storage takes none in MLflow',
    experiment('mpu'), run(),
    post(`${proxy}/mpu/create/<exp>/<run>/artifacts/big.bin`, { path: 'big.bin', num_parts: 2 }, { note: 'multipart' }),
    post(`${proxy}/mpu/complete/<exp>/<run>/artifacts/big.bin`, { path: 'big.bin', upload_id: 'x', parts: [{ part_number: 1, etag: 'e', url: 'u' }] }, { note: 'multipart' }),
    post(`${proxy}/mpu/abort/<exp>/<run>/artifacts/big.bin`, { path: 'big.bin', upload_id: 'x' }, { note: 'multipart' }),
    post(`${proxy}/mpu/create/..%2fx`, { path: 'x', num_parts: 1 }, { note: 'multipart' }),
    get(`${proxy}/presigned/<exp>/<run>/artifacts/big.bin`, {}, { note: 'multipart' })),

  story(group, 'presigned addresses of a proxied run',
    experiment('presigned'), run(), model('m'),
    post('artifacts/presigned-upload-url', { run_id: '<run>', path: 'x' }), post('artifacts/presigned-upload-url', { model_id: '<model>', path: 'x' }),
    post('artifacts/presigned-upload-url', { path: 'x' }), post('artifacts/presigned-upload-url', { run_id: '<run>', model_id: '<model>', path: 'x' }), post('artifacts/presigned-upload-url', { run_id: '<run>' }), post('artifacts/presigned-upload-url', {}),
    post('artifacts/presigned-upload-url', { run_id: '0'.repeat(32), path: 'x' }), post('artifacts/presigned-upload-url', { run_id: '<run>', path: '../x' }),
    post('artifacts/presigned-download-url', { run_id: '<run>', path: 'x' }), post('artifacts/presigned-download-url', { run_id: '<run>' }), post('artifacts/presigned-download-url', {}), post('artifacts/presigned-download-url', { run_id: '0'.repeat(32), path: 'x' }),
    each([0, -1, 1, 604_800, 604_801], expiration => post('artifacts/presigned-download-url', { run_id: '<run>', path: 'x', expiration }))),

  story(group, 'the page\'s own routes',
    experiment('page art'), run(), model('pm', 'model', { source_run_id: '<run>' }),
    raw('POST', '/ajax-api/2.0/mlflow/upload-artifact?run_uuid=<run>&path=up.txt', 'hello', { headers: { 'content-type': 'text/plain' } }),
    get('/get-artifact', { run_id: '<run>', path: 'up.txt' }),
    raw('POST', '/ajax-api/2.0/mlflow/upload-artifact?run_uuid=<run>', 'hello', { headers: { 'content-type': 'text/plain' } }), raw('POST', '/ajax-api/2.0/mlflow/upload-artifact?path=x', 'hello', { headers: { 'content-type': 'text/plain' } }),
    raw('POST', '/ajax-api/2.0/mlflow/upload-artifact?run_uuid=<run>&path=..%2Fx', 'hello', { headers: { 'content-type': 'text/plain' } }), raw('POST', '/ajax-api/2.0/mlflow/upload-artifact?run_uuid=none&path=x', 'hello', { headers: { 'content-type': 'text/plain' } }),
    raw('POST', '/ajax-api/2.0/mlflow/upload-artifact?run_uuid=<run>&path=big', 'x'.repeat(10_000_001 + 600_000), { headers: { 'content-type': 'text/plain' } }),
    raw('PUT', `${proxy}/artifacts/<exp>/models/<model>/artifacts/MLmodel`, 'a: 1', { quiet: true }),
    get('logged-models/<model>/artifacts/directories'), get('/ajax-api/2.0/mlflow/logged-models/<model>/artifacts/files', { artifact_file_path: 'MLmodel' }, { compareHeaders: file }),
    each(['none', '../x', '', '/etc/passwd'], artifact_file_path => get('/ajax-api/2.0/mlflow/logged-models/<model>/artifacts/files', { artifact_file_path })),
    post('registered-models/create', { name: 'art reg' }, { quiet: true }), post('model-versions/create', { name: 'art reg', source: 'models:/<model>', model_id: '<model>' }, { quiet: true }),
    get('/model-versions/get-artifact', { name: 'art reg', version: '1', path: 'MLmodel' }, { compareHeaders: file }),
    each(['none', '../x', '/etc/passwd'], path => get('/model-versions/get-artifact', { name: 'art reg', version: '1', path })),
    get('/model-versions/get-artifact', { name: 'art reg', version: 'x', path: 'MLmodel' }), get('/model-versions/get-artifact', { name: 'art reg', version: '9', path: 'MLmodel' }), get('/model-versions/get-artifact', { name: 'art reg', path: 'MLmodel' }), get('/model-versions/get-artifact')),
]
