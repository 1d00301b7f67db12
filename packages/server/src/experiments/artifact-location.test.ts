import assert from 'node:assert/strict'
import { it } from 'node:test'
import { appendToUri } from './artifact-location.ts'

it('segments are appended to the path of a location as MLflow appends them', () => {
  // What `mlflow.utils.uri.append_to_uri_path(location, '7', 'models', 'a')` answers.
  const cases: Record<string, string> = {
    's3://b': 's3://b/7/models/a',
    's3://b/': 's3://b/7/models/a',
    's3:/b': 's3:/b/7/models/a',
    'S3://b': 's3://b/7/models/a',
    's3://b/p?x=1': 's3://b/p/7/models/a?x=1',
    'mlflow-artifacts:/': 'mlflow-artifacts:/7/models/a',
    'mlflow-artifacts:/5': 'mlflow-artifacts:/5/7/models/a',
    'mlflow-artifacts://h:1/5': 'mlflow-artifacts://h:1/5/7/models/a',
    'file:/x': 'file:///x/7/models/a',
    'file:x': 'file:x/7/models/a',
    'file:///x': 'file:///x/7/models/a',
    '/x': '/x/7/models/a',
    '/x/': '/x/7/models/a',
    '/x?y#z': '/x?y#z/7/models/a',
    'hdfs:/x': 'hdfs:/x/7/models/a',
  }
  for (const [location, expected] of Object.entries(cases)) assert.equal(appendToUri(location, '7', 'models', 'a'), expected)
})
