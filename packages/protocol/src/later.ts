import type { Api, Endpoint } from './endpoint.ts'

/**
 * MLflow's endpoints that Cairn does not have yet. The server answers each with 501
 * NOT_IMPLEMENTED naming the group; an endpoint leaves this table when it becomes a value.
 */
export interface LaterEndpoint {
  readonly group: string
  readonly method: Endpoint['method']
  readonly api: Api
  readonly path: string
}

// Groups of lines `METHOD[+METHOD] path`, each group under one family of prefixes.
const table: readonly [group: string, api: Api, lines: string][] = [
  ['traces', 'mlflow', `
    POST+GET /traces
    PATCH+GET /traces/{trace_id}
    GET /traces/{trace_id}/info
    PATCH+DELETE /traces/{trace_id}/tags
    GET /traces/get
    GET /traces/batchGet
    POST /traces/batchGetInfos
    POST /traces/search
    POST /traces/link-to-run
    POST /traces/link-prompts
    POST /traces/delete-traces
    POST /traces/calculate-filter-correlation
    POST /traces/metrics
    GET /unified-traces
    GET /get-online-trace-details`],
  ['traces', 'ajax', 'GET /get-trace-artifact'],
  ['OpenTelemetry traces', 'root', 'POST /v1/traces'],
  ['assessments', 'mlflow', `
    POST /traces/{trace_id}/assessments
    GET+PATCH+DELETE /traces/{trace_id}/assessments/{assessment_id}`],
  ['evaluation datasets', 'mlflow', `
    POST /datasets/create
    POST+GET /datasets/search
    GET+DELETE /datasets/{dataset_id}
    PATCH /datasets/{dataset_id}/tags
    DELETE /datasets/{dataset_id}/tags/{key}
    POST+GET+DELETE /datasets/{dataset_id}/records
    GET /datasets/{dataset_id}/experiment-ids
    POST /datasets/{dataset_id}/add-experiments
    POST /datasets/{dataset_id}/remove-experiments`],
  ['scorers', 'mlflow', `
    POST /scorers/register
    GET /scorers/list
    GET /scorers/versions
    GET /scorers/get
    DELETE /scorers/delete
    GET /scorers/online-configs
    PUT /scorers/online-config`],
  ['scorers', 'ajax', 'POST /scorer/invoke'],
  ['label schemas', 'mlflow', `
    POST /label-schemas/create
    GET /label-schemas/get
    GET /label-schemas/get-by-name
    GET /label-schemas/list
    PATCH /label-schemas/update
    DELETE /label-schemas/delete`],
  ['review queues', 'mlflow', `
    POST /review-queues/create
    POST /review-queues/get-or-create-user
    GET /review-queues/get
    GET /review-queues/get-by-name
    GET /review-queues/list
    POST /review-queues/update
    POST /review-queues/delete
    POST /review-queues/items/add
    POST /review-queues/items/remove
    GET /review-queues/items/list
    POST /review-queues/items/set-status`],
  ['issues', 'mlflow', `
    POST /issues
    GET+PATCH /issues/{issue_id}
    POST /issues/search`],
  ['issues', 'ajax', 'POST /issues/invoke'],
  ['prompt optimization', 'mlflow', `
    POST /prompt-optimization/jobs
    POST+GET /prompt-optimization/jobs/search
    GET+DELETE /prompt-optimization/jobs/{job_id}
    POST /prompt-optimization/jobs/{job_id}/cancel`],
  ['MCP registry', 'mlflow', `
    GET+POST /mcp-servers
    GET+POST+PATCH+DELETE /mcp-servers/{rest*}`],
  ['gateway', 'mlflow', `
    POST /gateway/secrets/create
    GET /gateway/secrets/get
    POST /gateway/secrets/update
    DELETE /gateway/secrets/delete
    GET /gateway/secrets/list
    POST /gateway/endpoints/create
    GET /gateway/endpoints/get
    POST /gateway/endpoints/update
    DELETE /gateway/endpoints/delete
    GET /gateway/endpoints/list
    POST /gateway/model-definitions/create
    GET /gateway/model-definitions/get
    GET /gateway/model-definitions/list
    POST /gateway/model-definitions/update
    DELETE /gateway/model-definitions/delete
    POST /gateway/endpoints/models/attach
    POST /gateway/endpoints/models/detach
    POST /gateway/endpoints/bindings/create
    DELETE /gateway/endpoints/bindings/delete
    GET /gateway/endpoints/bindings/list
    POST /gateway/endpoints/set-tag
    DELETE /gateway/endpoints/delete-tag
    POST /gateway/budgets/create
    GET /gateway/budgets/get
    POST /gateway/budgets/update
    DELETE /gateway/budgets/delete
    GET /gateway/budgets/list
    GET /gateway/budgets/windows
    POST /gateway/guardrails/create
    GET /gateway/guardrails/get
    DELETE /gateway/guardrails/delete
    GET /gateway/guardrails/list
    POST /gateway/guardrails/add-to-endpoint
    DELETE /gateway/guardrails/remove-from-endpoint
    GET /gateway/guardrails/list-for-endpoint
    PATCH /gateway/guardrails/update-config`],
  ['gateway', 'ajax', `
    GET /gateway/supported-providers
    GET /gateway/supported-models
    GET /gateway/provider-config
    GET /gateway/secrets/config
    GET+POST /gateway-proxy`],
  ['gateway', 'root', `
    GET /gateway/mlflow/v1/models
    POST /gateway/{rest*}`],
  ['jobs', 'ajax', `
    GET /jobs/{job_id}
    PATCH /jobs/cancel/{job_id}
    POST /genai/evaluate/invoke`],
  ['jobs', 'root', `
    POST /ajax-api/3.0/jobs
    GET /ajax-api/3.0/jobs/{job_id}
    PATCH /ajax-api/3.0/jobs/cancel/{job_id}
    POST /ajax-api/3.0/jobs/search`],
  ['assistant', 'ajax', `
    POST /assistant/message
    PATCH /assistant/sessions/{session_id}
    GET /assistant/sessions/{session_id}/stream
    POST /assistant/sessions/{session_id}/permission
    POST /assistant/sessions/{session_id}/tool-result
    GET /assistant/providers
    GET /assistant/providers/{provider}/health
    GET /assistant/providers/{provider}/models
    GET+PUT /assistant/config
    POST /assistant/skills/install`],
  ['demo', 'ajax', `
    POST /demo/generate
    POST /demo/delete`],
  ['telemetry', 'ajax', 'GET+POST /ui-telemetry'],
  ['prompt lab', 'ajax', 'POST /runs/create-promptlab-run'],
]

export const laterEndpoints: readonly LaterEndpoint[] = table.flatMap(([group, api, lines]) =>
  lines.trim().split('\n').flatMap((line) => {
    const [methods = '', path = ''] = line.trim().split(' ')
    return methods.split('+').map((method) => ({ group, api, path, method: method as Endpoint['method'] }))
  }))
