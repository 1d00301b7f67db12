import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { startServerProcess } from '../crash/server-process.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))

it('every example of docs/sdk.md runs, one after the other', async () => {
  const examples = [...(await readFile(join(root, 'docs/sdk.md'), 'utf8')).matchAll(/```ts\n([\s\S]*?)```/g)].map((match) => match[1]!)
  assert.ok(examples.length >= 5)
  const folder = await mkdtemp(join(tmpdir(), 'cairn-docs-'))
  {
    await using server = await startServerProcess(folder)
    const said: string[] = []
    for (const example of examples) {
      const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=source', '--input-type=module-typescript', '--eval', example], {
        // Where packages are found.
        cwd: root, env: { ...process.env, MLFLOW_TRACKING_URI: server.url, CAIRN_QUEUE_DIR: join(folder, 'queue') },
      })
      said.push(stdout)
    }
    assert.match(said.join(''), /first \[ \{ key: 'loss'.*100 points.*all good.*RESOURCE_DOES_NOT_EXIST Model Version \(name=sdk-tour, version=99\) not found/s)
  }
  await rm(folder, { recursive: true, force: true })
})
