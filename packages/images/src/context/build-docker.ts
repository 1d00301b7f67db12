import { basename } from 'node:path'
import { findProgram, runStep } from '@cairn/environments'
import { ImageError } from '../errors.ts'

export interface BuildOptions {
  /** The folder that `writeContext` wrote. */
  readonly folder: string
  /** The image's name, with or without a tag. */
  readonly name: string
  /** `linux/amd64`, or undefined for the engine's own. */
  readonly platform: string | undefined
  readonly env: Readonly<Record<string, string | undefined>>
  /** Told each line that the engine writes. */
  readonly say: (line: string) => void
  readonly signal: AbortSignal
}

/** Docker or Podman of the PATH, the first that is there; CAIRN_CONTAINER_ENGINE names another. */
export async function containerEngine(env: BuildOptions['env']): Promise<string> {
  const program = env['CAIRN_CONTAINER_ENGINE'] || await findProgram('docker', env) || await findProgram('podman', env)
  const other = 'Install one; or write the image without an engine: cairn models build-oci -m URI -o image --base BASE; or only the files that it is built from: cairn models generate-dockerfile'
  if (!program) throw new ImageError('There is no Docker and no Podman on the PATH to build an image with.', other)
  const { code, lines } = await runStep({ command: [program, 'info'], env })
  if (code !== 0) throw new ImageError(`${basename(program)} does not answer:\n${lines.slice(-10).join('\n')}`, `Start it, and look whether this account may use it. Without it: cairn models build-oci -m URI -o image --base BASE`)
  return program
}

/** Builds an image from a context. @throws ImageError with the end of the engine's output */
export async function buildWithEngine(program: string, { folder, name, platform, env, say, signal }: BuildOptions): Promise<void> {
  const { code, lines } = await runStep({
    command: [
      program, 'build', '--tag', name,
      // Podman's own format knows no HEALTHCHECK.
      ...(basename(program).startsWith('podman') ? ['--format', 'docker'] : []),
      ...(platform === undefined ? [] : ['--platform', platform]), folder,
    ],
    env, online: say, signal,
  })
  if (code !== 0) throw new ImageError(`The image ${name} could not be built (exit status ${code}). The last lines of ${basename(program)}'s output:\n${lines.slice(-30).map((line) => `  | ${line}`).join('\n')}`, 'Look at the first error above. The files that it was built from are written by cairn models generate-dockerfile.')
}
