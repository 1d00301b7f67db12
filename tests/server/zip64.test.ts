import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { zipStream, type ZipEntry } from '../../packages/server/src/platform/files/zip.ts'

test('more files than a plain archive can count are counted by ZIP64', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cairn-zip-'))
  try {
    const file = join(folder, 'a.zip')
    async function* many(): AsyncGenerator<ZipEntry> {
      for (let n = 0; n < 65_540; n += 1) yield { path: `d/${n}`, compress: false, size: 0, modifiedMs: Date.UTC(2026, 1, 3), read: async () => Readable.from([]) }
    }
    await pipeline(zipStream(many(), {}), createWriteStream(file))
    const { stdout } = await promisify(execFile)('python3', ['-c', 'import sys, zipfile; print(len(zipfile.ZipFile(sys.argv[1]).infolist()))', file])
    assert.equal(Number(stdout), 65_540)
  } finally {
    await rm(folder, { recursive: true })
  }
})
