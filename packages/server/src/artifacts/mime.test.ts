import assert from 'node:assert/strict'
import { test } from 'node:test'
import { guessMimeType } from './mime.ts'

test('the type is the one that MLflow guesses from the name', () => {
  // Each pair was asked of mlflow.utils.mime_type_utils in 3.17.2, without the tables of the system.
  for (const [name, type] of Object.entries({
    'a.json': 'text/plain', 'a.JSON': 'application/json', 'a.yaml': 'text/plain', 'MLmodel': 'text/plain', 'mlproject': 'text/plain', 'MLproject': 'application/octet-stream', 'a.MLmodel': 'text/plain',
    'json': 'text/plain', '.json': 'application/octet-stream', '..json': 'application/octet-stream', 'a.html': 'text/html', 'a.svg': 'image/svg+xml', 'a.PNG': 'image/png',
    'a.tar.gz': 'application/x-tar', 'a.tgz': 'application/x-tar', 'a.csv.gz': 'text/csv', 'a.gz': 'application/octet-stream', 'a.pkl': 'application/octet-stream',
    'a.svgz': 'image/svg+xml', 'a': 'application/octet-stream', 'a.': 'application/octet-stream', 'a.js': 'text/plain', 'a.mjs': 'application/javascript', 'a b.pdf': 'application/pdf', 'a.csv.Z': 'text/csv',
  })) assert.equal(guessMimeType(name), type, name)
})
