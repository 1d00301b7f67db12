import { spawnSync } from 'node:child_process'

/**
 * Installs packages of Debian where this account may; answers whether it did. Tests use it to set
 * themselves up on a fresh machine, never the server.
 */
export function installDebianPackages(names: readonly string[], env: NodeJS.ProcessEnv = process.env): boolean {
  if (process.getuid?.() !== 0) return false
  const aptGet = (...args: string[]): boolean =>
    spawnSync('apt-get', args, { stdio: ['ignore', 2, 2], env: { ...env, DEBIAN_FRONTEND: 'noninteractive' } }).status === 0
  return aptGet('update', '-qq') && aptGet('install', '-y', '-qq', '--no-install-recommends', ...names)
}

/** A program by its name, installed with its Debian package where it is not there yet; throws where it cannot be. */
export function debianProgram(name: string, debian: string, version = '--version'): string {
  if (spawnSync(name, [version]).error === undefined) return name
  if (!installDebianPackages([debian]) || spawnSync(name, [version]).error !== undefined) throw new Error(`The tests need ${name}.\nOn Debian or Ubuntu: apt install ${debian}`)
  return name
}
