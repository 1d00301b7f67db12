import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { zipStream, type ZipEntry } from './zip.ts'

const run = promisify(execFile)

/** What Python's zipfile, which MLflow's users have, reads: name → size, after checking every checksum. */
const python = `
import json, sys, zipfile
z = zipfile.ZipFile(sys.argv[1])
assert z.testzip() is None
print(json.dumps({"count": len(z.infolist()), "files": {i.filename: [i.file_size, z.read(i)[:20].decode("latin-1")] for i in z.infolist()[:20]}}))
`

async function written(entries: Iterable<ZipEntry>, options: { zip64From?: number }, look: (file: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'cairn-zip-'))
  try {
    const file = join(folder, 'a.zip')
    await pipeline(zipStream(toAsync(entries), options), createWriteStream(file))
    await look(file)
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function* toAsync<T>(items: Iterable<T>): AsyncGenerator<T> { yield* items }

const entry = (path: string, text: string, compress = false): ZipEntry => ({
  path, compress, size: Buffer.byteLength(text), modifiedMs: Date.UTC(2026, 1, 3, 4, 5, 6),
  read: async () => Readable.from([Buffer.from(text)]),
})

const some = [entry('model/MLmodel', 'flavors: {}\n', true), entry('leer.txt', ''), entry('größe 日本.txt', 'x'.repeat(100_000), true), entry('b.bin', 'y'.repeat(70_000))]

for (const [what, options] of [['plain', {}], ['ZIP64', { zip64From: 0 }]] as const) {
  test(`a ${what} archive is read back by Python's zipfile with names, sizes and checksums intact`, async () => {
    await written(some, options, async (file) => {
      const { stdout } = await run('python3', ['-c', python, file])
      assert.deepEqual(JSON.parse(stdout).files, {
        'model/MLmodel': [12, 'flavors: {}\n'], 'leer.txt': [0, ''], 'größe 日本.txt': [100_000, 'x'.repeat(20)], 'b.bin': [70_000, 'y'.repeat(20)],
      })
      assert.equal((await readFile(file)).includes(Buffer.from([0x50, 0x4b, 6, 6])), what === 'ZIP64')
    })
  })
}

test('a file that cannot be read breaks the archive off instead of ending it as if it were whole', async () => {
  const broken: ZipEntry = { ...entry('x', 'abc'), read: async () => Readable.from((async function* () { yield Buffer.from('a'); throw new Error('disk') })()) }
  await assert.rejects(written([broken], {}, async () => {}), /disk/)
})
