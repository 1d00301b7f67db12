import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Peer } from './server.ts'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

/** Cairn as users get it: packed, and installed from that package in a folder of its own. */
export async function cairn(command: string | undefined, folder: string, say: (line: string) => void): Promise<Peer> {
  const { version } = JSON.parse(await readFile(join(root, 'packages/cli/package.json'), 'utf8')) as { version: string }
  const { program, how } = command === undefined ? await installed(folder, say) : { program: command, how: command }
  const { stdout: commit } = await run('git', ['-C', root, 'rev-parse', '--short', 'HEAD']).catch(() => ({ stdout: '?' }))
  return {
    name: 'cairn',
    version: `${version} (${commit.trim()})`,
    how: `cairn server, SQLite; ${how}`,
    command: (data, port) => ({ program, args: ['server', '--host', '127.0.0.1', '--port', String(port), '--data-dir', join(data, 'data')], env: { ...process.env } }),
    isData: file => /\.db(-wal|-shm)?$/.test(file),
  }
}

async function installed(folder: string, say: (line: string) => void): Promise<{ program: string; how: string }> {
  const checkout = join(root, 'node_modules/.bin/cairn')
  const place = join(folder, 'installed')
  try {
    say('Packing and installing Cairn')
    await mkdir(place, { recursive: true })
    await run('npm', ['run', '--silent', 'build'], { cwd: root })
    await run('npm', ['pack', '--workspace', 'packages/cli', '--pack-destination', place], { cwd: root })
    const [archive] = (await readdir(place)).filter(name => name.endsWith('.tgz'))
    await writeFile(join(place, 'package.json'), '{"private":true}\n')
    await run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund', `./${archive}`], { cwd: place })
    // What installing wrote would be on its way to the disk while the first row is measured.
    await run('sync')
    const program = join(place, 'node_modules/.bin/cairn')
    if (!existsSync(join(place, 'node_modules/cairn/dist'))) throw new Error('the package has no bundle')
    return { program, how: 'installed from the package' }
  } catch (error) {
    await rm(place, { recursive: true, force: true })
    say(`  not possible; running from the checkout: ${(error as Error).message.trim().split('\n').slice(0, 4).join('; ')}`)
    return { program: checkout, how: 'from the checkout' }
  }
}
