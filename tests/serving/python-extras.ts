import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { pythonForTests } from '../../tools/setup-python.ts'

/**
 * Packages that only these tests need, in a folder beside the tests' Python, so that nobody else's
 * environment has to be made anew for them. Answers the folder, for PYTHONPATH.
 */
export async function pythonExtras(requirement: string): Promise<string> {
  const python = await pythonForTests()
  const cache = process.env['CAIRN_CACHE'] || join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'cairn')
  const place = join(cache, `extra-${requirement.replace('==', '-')}`)
  if (existsSync(place)) return place
  mkdirSync(cache, { recursive: true })
  const partial = `${place}.${process.pid}`
  try {
    // A Python without pip of its own is filled by the one outside.
    const pip = existsSync(join(python, '../pip')) ? [python, '-m', 'pip'] : ['python3', '-m', 'pip', '--python', python]
    execFileSync(pip[0]!, [...pip.slice(1), 'install', '--quiet', '--no-deps', '--disable-pip-version-check', '--target', partial, requirement], { stdio: 'inherit' })
    renameSync(partial, place)
  } catch (error) {
    if (!existsSync(place)) throw error
  } finally {
    rmSync(partial, { recursive: true, force: true })
  }
  return place
}
