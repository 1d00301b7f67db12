import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { saidIn } from '../build/said.ts'

const root = fileURLToPath(new URL('.', import.meta.url))
/** A page for those who build pages, and the grammar of searches, which is the same in every language. */
const exempt = /^features\/components\/|^features\/runs\/table\/(?:complete\.ts|filter-bar\.tsx)$|words\.ts$|\.test\.ts$|\.d\.ts$|testing\.ts$/
/** Names of languages and products, of keys and of the registry's stages, which are the same in every language; and what names a choice or a shape. */
const names = /^(?:Cairn|Python|TypeScript|Browser|curl|auto|metrics\.auc|operator|key|Staging|Production|Archived|None|MLflow|NaN|True|Enter|Escape|Delete|Space|tree|list|active|deleted|line|(?:Mod|Shift|Ctrl|Control|Alt)\b.*|M[\d.]+ .*)$/

test('every word that a reader sees stands in a words.ts, where it can be translated', () => {
  const paths = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) => /\.tsx?$/.test(path) && !exempt.test(path))
  assert.ok(paths.length > 200)
  assert.deepEqual(paths.flatMap((path) => saidIn(root + path, path, { names, strict: true })), [])
})

/** The sources of the pages that the server writes itself. */
const served = ['admin/routes.ts', 'admin/views.ts', 'forms/form.ts', 'forms/html.ts', 'pages/pages.ts', 'sign-in/oidc-routes.ts', 'sign-in/page-routes.ts', 'sign-in/page-views.ts']
const namesThere = /^(?:Cairn|· Cairn|MLFLOW_TRACKING_TOKEN|users|teams|quotas|audit)$/

test('so does every word of the pages around signing in and for admins, which the server writes', () => {
  assert.deepEqual(served.flatMap((path) => saidIn(`${root}../../server/src/${path}`, path, { names: namesThere })), [])
})
