// Makes what npm publishes of the SDK: `packages/sdk/dist/index.js` for every runtime, `node.js` for Node, with types.
// The contract is bundled in, so that the package needs no other.
import { build, type BuildOptions } from 'esbuild'
import { spawnSync } from 'node:child_process'
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('../packages/sdk/', import.meta.url))
const out = join(here, 'dist')

export async function buildSdk(): Promise<void> {
  rmSync(out, { recursive: true, force: true })
  const common = { bundle: true, format: 'esm', target: 'es2022', conditions: ['source'], external: ['typebox', 'typebox/*'], absWorkingDir: here, logLevel: 'warning' } satisfies BuildOptions
  await build({ ...common, entryPoints: { index: 'src/index.ts' }, outdir: out, platform: 'neutral', mainFields: ['module', 'main'] })
  await build({ ...common, entryPoints: { node: 'src/node.ts' }, outdir: out, platform: 'node' })
  const types = spawnSync(process.execPath, [
    fileURLToPath(import.meta.resolve('typescript/package.json')).replace('package.json', 'bin/tsc'), '-p', 'tsconfig.build.json',
  ], { cwd: here, stdio: 'inherit' })
  if (types.status !== 0) throw new Error('The types could not be written.')
  for (const file of globSync('dist/types/**/*.d.ts', { cwd: here })) {
    const path = join(here, file)
    const protocol = relative(dirname(path), join(out, 'types/protocol/src/index.js'))
    const text = readFileSync(path, 'utf8')
      .replace(/(from |import\()(['"])@cairn\/protocol\2/g, `$1'${protocol}'`)
      .replace(/(from |import\()(['"])(\.[^'"]+)\.ts\2/g, "$1'$3.js'")
    writeFileSync(path, text)
  }
}

if (import.meta.main) {
  await buildSdk()
  console.log('built packages/sdk/dist')
}
