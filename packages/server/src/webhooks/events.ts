import { invalid, type WebhookEvent } from '@cairn/protocol'

/** What can happen, with an example of what is sent; MLflow's events and payloads, in its order. */
export const eventKinds = [
  kind('REGISTERED_MODEL', 'CREATED', { name: 'example_model', tags: { example_key: 'example_value' }, description: 'An example registered model' }),
  kind('MODEL_VERSION', 'CREATED', {
    name: 'example_model', version: '1', source: 'models:/123', run_id: 'abcd1234abcd5678', tags: { example_key: 'example_value' }, description: 'An example model version',
  }),
  kind('MODEL_VERSION_TAG', 'SET', { name: 'example_model', version: '1', key: 'example_key', value: 'example_value' }),
  kind('MODEL_VERSION_TAG', 'DELETED', { name: 'example_model', version: '1', key: 'example_key' }),
  kind('MODEL_VERSION_ALIAS', 'CREATED', { name: 'example_model', alias: 'example_alias', version: '1' }),
  kind('MODEL_VERSION_ALIAS', 'DELETED', { name: 'example_model', alias: 'example_alias' }),
  kind('PROMPT', 'CREATED', { name: 'example_prompt', tags: { example_key: 'example_value' }, description: 'An example prompt' }),
  kind('PROMPT_VERSION', 'CREATED', {
    name: 'example_prompt', version: '1', template: 'Hello {{name}}!', tags: { example_key: 'example_value' }, description: 'An example prompt version',
  }),
  kind('PROMPT_TAG', 'SET', { name: 'example_prompt', key: 'example_key', value: 'example_value' }),
  kind('PROMPT_TAG', 'DELETED', { name: 'example_prompt', key: 'example_key' }),
  kind('PROMPT_VERSION_TAG', 'SET', { name: 'example_prompt', version: '1', key: 'example_key', value: 'example_value' }),
  kind('PROMPT_VERSION_TAG', 'DELETED', { name: 'example_prompt', version: '1', key: 'example_key' }),
  kind('PROMPT_ALIAS', 'CREATED', { name: 'example_prompt', alias: 'example_alias', version: '1' }),
  kind('PROMPT_ALIAS', 'DELETED', { name: 'example_prompt', alias: 'example_alias' }),
  // Subscriptions are kept; nothing raises it before there are budgets.
  kind('BUDGET_POLICY', 'EXCEEDED', {
    budget_policy_id: 'bp-abc123', budget_unit: 'USD', budget_amount: 100, current_spend: 105.5, duration_unit: 'MONTHS', duration_value: 1,
    target_scope: 'ENDPOINT', workspace: 'default', target_value: 'ep-abc123', window_start: 1704067200000,
  }),
]

type Payload = Readonly<Record<string, unknown>>

function kind(entity: WebhookEvent['entity'], action: WebhookEvent['action'], example: Payload): { event: WebhookEvent; example: Payload } {
  return { event: { entity, action }, example }
}

export const exampleOf = (event: WebhookEvent): Payload =>
  eventKinds.find((known) => known.event.entity === event.entity && known.event.action === event.action)?.example ?? {}

/** Refuses an event that cannot happen, and drops repetitions. */
export function checkEvents(events: readonly WebhookEvent[]): WebhookEvent[] {
  const kept = new Map<string, WebhookEvent>()
  for (const { entity, action } of events) {
    const actions = eventKinds.filter((known) => known.event.entity === entity).map((known) => known.event.action)
    if (!actions.includes(action)) {
      throw invalid(`Invalid action '${action.toLowerCase()}' for entity '${entity.toLowerCase()}'. Valid actions are: [${actions.map((name) => `'${name.toLowerCase()}'`).toSorted().join(', ')}]`)
    }
    kept.set(`${entity}.${action}`, { entity, action })
  }
  return [...kept.values()]
}

/** The JSON text that is sent and signed. Its time is that of the change. */
export const eventBody = (event: WebhookEvent, data: Payload, now: number): string => JSON.stringify({
  entity: event.entity.toLowerCase(),
  action: event.action.toLowerCase(),
  timestamp: new Date(now).toISOString().replace('Z', '+00:00'),
  data,
})

/** The same body with the workspace that it happened in as its last field, where MLflow has it. */
export const inWorkspace = (body: string, name: string): string => `${body.slice(0, -1)},"workspace":${JSON.stringify(name)}}`
