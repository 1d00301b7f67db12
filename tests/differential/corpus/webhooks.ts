import { each, get, patch, post, remove, story, type Story } from '../story.ts'

const group = 'webhooks'
const created = [{ entity: 'REGISTERED_MODEL', action: 'CREATED' }]
// A public address: no name can be looked up where these tests run, and nothing is sent to it.
const url = 'https://8.8.8.8/hook'

export const webhooks: readonly Story[] = [
  story(group, 'their life',
    post('webhooks', { name: 'hook', url, events: created, description: 'd' }, { save: { hook: 'webhook.webhook_id' } }),
    get('webhooks/<hook>'), get('webhooks'),
    post('webhooks', { name: 'hook', url, events: created }, { save: { second: 'webhook.webhook_id' } }),
    patch('webhooks/<hook>', { name: 'renamed' }), patch('webhooks/<hook>', { status: 'DISABLED' }), patch('webhooks/<hook>', { description: '' }), patch('webhooks/<hook>', {}),
    patch('webhooks/<hook>', { events: [{ entity: 'MODEL_VERSION_ALIAS', action: 'CREATED' }, { entity: 'PROMPT', action: 'CREATED' }] }),
    patch('webhooks/<hook>', { events: [] }), patch('webhooks/<hook>', { secret: 'shh' }),
    get('webhooks/<hook>'),
    get('webhooks', { max_results: '1' }, { save: { token: 'next_page_token' }, anyOrder: true }),
    each(['0', '-1', '1001', 'x'], max_results => get('webhooks', { max_results })), get('webhooks', { page_token: 'rubbish' }, { note: 'page token' }),
    remove('webhooks/<hook>', undefined), remove('webhooks/<hook>', undefined), get('webhooks/<hook>'),
    patch('webhooks/<hook>', { name: 'x' }), post('webhooks/<hook>/test', {}), remove('webhooks/<second>', undefined), get('webhooks')),

  story(group, 'what is refused',
    each(['', 'x-', '-x', 'bad name', 'x'.repeat(62), 'x'.repeat(63), 'x'.repeat(64), 'a.b_c-d', 'ü', '1'], name => post('webhooks', { name, url, events: created })),
    each(['http://8.8.8.8/', 'ftp://8.8.8.8/', 'https://', 'https:///x', 'https://127.0.0.1/', 'https://[::1]/', 'https://10.0.0.1/', 'https://192.168.1.1/', 'https://169.254.169.254/latest', 'https://0.0.0.0/', 'https://100.64.0.1/', 'https://[fd00::1]/', 'https://[::ffff:127.0.0.1]/', 'https://2130706433/', 'https://0x7f.1/', 'https://localhost/', 'not a url', '', 'file:///etc/passwd', 'https://user:pw@8.8.8.8/', 'https://8.8.8.8:99999/', 'HTTPS://8.8.8.8/x'],
      (address, i) => post('webhooks', { name: `u${i}`, url: address, events: created })),
    each([[], [{}], [{ entity: 'REGISTERED_MODEL' }], [{ action: 'CREATED' }], [{ entity: 'MODEL_VERSION', action: 'UPDATED' }], [{ entity: 'ENTITY_UNSPECIFIED', action: 'CREATED' }], [...created, ...created]], (events, i) => post('webhooks', { name: `e${i}`, url, events })),
    each(['REGISTERED_MODEL', 'MODEL_VERSION', 'MODEL_VERSION_TAG', 'MODEL_VERSION_ALIAS', 'PROMPT', 'PROMPT_VERSION', 'PROMPT_TAG', 'PROMPT_VERSION_TAG', 'PROMPT_ALIAS'].flatMap(entity => ['CREATED', 'UPDATED', 'DELETED', 'SET'].map(action => ({ entity, action }))),
      event => post('webhooks', { name: 'events', url, events: [event] })),
    post('webhooks', {}), post('webhooks', { name: 'x' }), post('webhooks', { name: 'x', url }),
    get('webhooks/none'), remove('webhooks/nope', undefined), patch('webhooks/nope', { name: 'bad name' }), patch('webhooks/nope', { url: 'http://x' }), post('webhooks/nope/test', {}), get(`webhooks/${'x'.repeat(300)}`)),
]
