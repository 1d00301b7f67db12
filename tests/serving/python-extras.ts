import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { pythonForTests } from '../../tools/setup-python.ts'

/**
 * Packages that only these tests need, in a folder beside the tests' Python, so that nobody else's
 * environment has to be made anew for them. Answers the folder, for PYTHONPATH.
 */
export async function pythonExtras(...requirements: readonly string[]): Promise<string> {
  const python = await pythonForTests()
  return once(`extra-${requirements.join('-').replaceAll('==', '-')}`, (partial) => {
    // A Python without pip of its own is filled by the one outside.
    const pip = existsSync(join(python, '../pip')) ? [python, '-m', 'pip'] : ['python3', '-m', 'pip', '--python', python]
    execFileSync(pip[0]!, [...pip.slice(1), 'install', '--quiet', '--no-deps', '--disable-pip-version-check', '--target', partial, ...requirements], { stdio: 'inherit' })
  })
}

/** onnxruntime-node, without the GPU libraries that it would fetch; answers the folder, for CAIRN_ONNXRUNTIME. */
export const onnxRuntimeForTests = (): string => once('onnxruntime-node-1.30.0', (partial) => {
  mkdirSync(partial)
  writeFileSync(join(partial, 'package.json'), '{"private":true}')
  execFileSync('npm', ['install', 'onnxruntime-node@1.30.0', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--silent'], { cwd: partial, stdio: 'inherit' })
})

/** Makes a folder in the cache once; it appears when it is whole. */
export function once(name: string, make: (partial: string) => void): string {
  const cache = process.env['CAIRN_CACHE'] || join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'cairn')
  const place = join(cache, name)
  if (existsSync(place)) return place
  mkdirSync(cache, { recursive: true })
  const partial = `${place}.${process.pid}`
  try {
    make(partial)
    renameSync(partial, place)
  } catch (error) {
    if (!existsSync(place)) throw error
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
  return place
}
