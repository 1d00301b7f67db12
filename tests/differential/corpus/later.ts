import { get, post, story, type Story } from '../story.ts'

const note = { note: 'later group' }

export const later: readonly Story[] = [
  story('later groups', 'each says that it is not there yet',
    post('/api/3.0/mlflow/traces/search', { locations: [{ type: 'MLFLOW_EXPERIMENT', mlflow_experiment: { experiment_id: '0' } }] }, note),
    get('/api/2.0/mlflow/traces?experiment_ids=0', {}, note), post('/api/3.0/mlflow/datasets/search', { experiment_ids: ['0'] }, note), get('/api/3.0/mlflow/scorers/list?experiment_id=0', {}, note),
    get('/api/3.0/mlflow/label-schemas/list?experiment_id=0', {}, note), get('/api/3.0/mlflow/review-queues/list?experiment_id=0', {}, note), post('/api/3.0/mlflow/issues/search', { experiment_id: '0' }, note), get('/api/3.0/mlflow/gateway/endpoints/list', {}, note), get('/api/3.0/mlflow/mcp-servers', {}, note)),
]
