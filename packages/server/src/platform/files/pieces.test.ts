import assert from 'node:assert/strict'
import { mkdtemp, open, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { FilePieces } from './pieces.ts'

async function withFile(size: number, look: (path: string, content: Buffer) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'cairn-pieces-'))
  try {
    const content = Buffer.from(Array.from({ length: size }, (_, n) => (n * 31 + (n >> 8)) & 255))
    await writeFile(join(folder, 'f'), content)
    await look(join(folder, 'f'), content)
  } finally {
    await rm(folder, { recursive: true })
  }
}

test('a file comes out whole, and any range of it, when each piece is used before the next is asked for', async () => {
  await withFile(1_000_003, async (path, content) => {
    for (const [from, to] of [[0, 1_000_002], [1, 1], [262_143, 262_144], [500_000, 999_999], [0, -1]] as const) {
      const handle = await open(path)
      const pieces: Buffer[] = []
      for await (const piece of new FilePieces(handle, from, to)) pieces.push(Buffer.from(piece))
      assert(Buffer.concat(pieces).equals(content.subarray(from, to + 1)))
      assert.equal(handle.fd, -1)
    }
  })
})

test('the file is closed when the consumer stops or never starts', async () => {
  await withFile(1_000_000, async (path) => {
    const [stopped, unused] = [await open(path), await open(path)]
    for await (const _ of new FilePieces(stopped, 0, 999_999)) break
    await new FilePieces(unused, 0, 999_999).return()
    assert.deepEqual([stopped.fd, unused.fd], [-1, -1])
  })
})

test('a file that is cut while it is read is an error, not a short answer', async () => {
  await withFile(1_000_000, async (path) => {
    const handle = await open(path)
    const pieces = new FilePieces(handle, 0, 999_999)
    await pieces.next()
    await pieces.next()
    await truncate(path, 600_000)
    await assert.rejects(async () => { for await (const _ of pieces); }, /shorter/)
    assert.equal(handle.fd, -1)
  })
})
