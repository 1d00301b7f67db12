import assert from 'node:assert/strict'
import { test } from 'node:test'
import { check, importsOf, type Manifest } from './check-imports.ts'

const manifests = new Map<string, Manifest>([
  ['', { devDependencies: { 'fast-check': '1', esbuild: '1' } }],
  ['protocol', { dependencies: { typebox: '1' } }],
  ['sdk', { dependencies: { '@cairn/protocol': '1' } }],
  ['server', { dependencies: { '@cairn/protocol': '1' }, devDependencies: { ajv: '1' } }],
  ['cli', { devDependencies: { '@cairn/server': '1' } }],
])
const problems = (file: string, text: string) => check({ files: new Map([[file, text]]), manifests })
const refuses = (file: string, text: string, why: RegExp) => assert.match(problems(file, text).join('\n'), why, `${file}: ${text}`)
const accepts = (file: string, text: string) => assert.deepEqual(problems(file, text), [], `${file}: ${text}`)

const run = 'packages/server/src/runs/runs.ts'

test('imports run from main over slices and platform to protocol, never back', () => {
  accepts('packages/server/src/main/server.ts', "import { a } from '../runs/routes.ts'")
  accepts(run, "import { a } from '../platform/db/index.ts'\nimport { b } from '@cairn/protocol'")
  refuses(run, "import { a } from '../main/config.ts'", /main is the top/)
  refuses('packages/server/src/platform/http/x.ts', "import type { A } from '../../runs/index.ts'", /platform knows no slice/)
  refuses('packages/protocol/src/a.ts', "import { a } from '@cairn/server'", /may not use packages\/server/)
  refuses('packages/sdk/src/a.ts', "export * from '../../protocol/src/index.ts'", /leaves its package/)
})

test('a slice uses another only by the table and through its front door', () => {
  accepts(run, "import { a } from '../experiments/index.ts'")
  refuses(run, "import { a } from '../experiments/experiments-store.ts'", /front door/)
  refuses(run, "import { a } from '../graphql/index.ts'", /runs may not use graphql/)
  refuses('packages/server/src/novel/a.ts', "import { a } from '../runs/index.ts'", /not in the table/)
})

test('only platform/http answers requests and only platform/db knows the driver', () => {
  accepts('packages/server/src/platform/http/server.ts', "import { createServer } from 'node:http'")
  refuses(run, "import { createServer } from 'node:http'", /only platform\/http/)
  refuses('packages/server/src/main/server.ts', "const m = await import('node:sqlite')", /database driver/)
})

test('SQL outside stores, views and platform/db is refused, in comments and tests it is not', () => {
  const text = "const sql = `SELECT a FROM runs`"
  accepts('packages/server/src/runs/runs-store.ts', text)
  accepts('packages/server/src/runs/runs.test.ts', text)
  accepts(run, '// SELECT a FROM runs would be slow')
  accepts(run, "throw invalid('Cannot select a model from runs')")
  refuses(run, text, /SQL belongs/)
})

test('a package that runs in browsers imports no Node module outside its Node entry', () => {
  refuses('packages/protocol/src/a.ts', "import { join } from 'node:path'", /no Node/)
  refuses('packages/sdk/src/client.ts', "import { join } from 'node:path'", /no Node/)
  accepts('packages/sdk/src/node/files.ts', "import { join } from 'node:path'")
  accepts('packages/sdk/src/a.test.ts', "import { test } from 'node:test'")
})

test('a module from outside must be among the dependencies of the package that imports it', () => {
  refuses(run, "import x from 'left-pad'", /not among the dependencies/)
  refuses(run, "import x from 'ajv/dist/core'", /not among the dependencies/)
  accepts('packages/server/src/runs/runs.test.ts', "import fc from 'fast-check'")
  refuses('packages/server/src/runs/a.ts', "import fc from 'fast-check'", /not among/)
  refuses('tools/a.ts', "import x from 'left-pad'", /in no package.json/)
})

test('a file past 400 lines is refused', () => {
  accepts('tools/a.ts', '\n'.repeat(400))
  refuses('tools/a.ts', '\n'.repeat(401), /two jobs/)
})

test('imports are found over several lines and not in comments', () => {
  const text = [
    "import {", "  a,", "} from './a.ts'", "// import b from './b.ts'", "/* import c from './c.ts' */",
    "export type { D } from './d.ts'", "import './e.ts'", "const f = await import('./f.ts')",
    "new Worker(new URL('./g.ts', import.meta.url))",
  ].join('\n')
  assert.deepEqual(importsOf(text), [
    { specifier: './a.ts', line: 3 }, { specifier: './d.ts', line: 6 }, { specifier: './e.ts', line: 7 },
    { specifier: './f.ts', line: 8 }, { specifier: './g.ts', line: 9 },
  ])
})
