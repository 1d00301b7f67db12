import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLocalStore } from './local-store.ts'
import { contract } from './testing-contract.ts'

contract({
  name: 'a local folder', signs: false,
  async open() {
    const root = await mkdtemp(join(tmpdir(), 'cairn-contract-'))
    return { store: await openLocalStore(root), [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) }
  },
})
