/**
 * Makes what npm publishes: `packages/cli/dist`, one bundle of the command line, the server and
 * everything they import, with its threads and the web page beside it. Development needs none of it.
 *
 *   npm run build
 */
import { build, type BuildOptions, type Plugin } from 'esbuild'
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, globSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { billOfMaterials, dependencyManifests, thirdPartyText } from './third-party.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const at = (...parts: string[]): string => join(root, ...parts)
const out = at('packages/cli/dist')

// How the source names a module that is started rather than imported, a thread for instance. The
// bundler does not follow it, so each becomes an entry point of its own and the name is put right:
// the source needs no word about bundles.
const started = /new URL\(\s*'(\.[^']+)\.ts'\s*,\s*import\.meta\.url\s*\)/g

/** The file that a started module becomes, beside the bundle. */
export function entryName(path: string): string {
  return relative(at('packages'), path).replace(/\.ts$/, '').replace('/src/', '/').replaceAll('/', '-')
}

export function startedModules(): string[] {
  const sources = globSync(['packages/{cli,server,sdk,protocol,serving,runner}/src/**/*.ts'], { cwd: root, exclude: (name) => /\.test\.ts$|(?:^|\/)testing/.test(name) })
  return [...new Set(sources.flatMap((file) =>
    [...readFileSync(at(file), 'utf8').matchAll(started)].map((match) => join(dirname(at(file)), `${match[1]!}.ts`))))].toSorted()
}

const nameStartedModules: Plugin = {
  name: 'started-modules',
  setup({ onLoad }) {
    onLoad({ filter: /[/\\]packages[/\\].*[/\\]src[/\\].*\.ts$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      return {
        loader: 'ts',
        contents: text.replace(started, (_all, target: string) => `new URL('./${entryName(join(dirname(path), target))}.js', import.meta.url)`),
      }
    })
  },
}

/**
 * What Node brings is taken from Node directly instead of by an import. An import makes a module of
 * every export, and so loads what nobody asked for: `import 'node:http'` alone reads its WebSocket,
 * which loads all of undici, 35 ms and 16 MB.
 */
const takeBuiltins: Plugin = {
  name: 'builtins',
  setup({ onResolve, onLoad }) {
    // By bare names too, and by require: CommonJS packages in the bundle (yaml) ask so, and a module has no require.
    onResolve({ filter: new RegExp(`^(?:node:.*|${builtinModules.join('|')})$`) }, ({ path, kind }) =>
      (kind === 'import-statement' || kind === 'require-call' ? { path, namespace: 'builtin', sideEffects: false } : { path, external: true }))
    onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({ contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)})` }))
  },
}

const options: BuildOptions = {
  absWorkingDir: root,
  outdir: out,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node26',
  conditions: ['source'],
  // Names stay, so that a stack trace in an issue can be read.
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  plugins: [nameStartedModules, takeBuiltins],
  logLevel: 'warning',
}

export async function buildBundle(): Promise<void> {
  rmSync(out, { recursive: true, force: true })
  const program = await build({ ...options, splitting: true, metafile: true, entryPoints: { cairn: at('packages/cli/src/main.ts') } })
  // Each thread is a bundle of its own: chunks shared with the program would bring the HTTP framework
  // and the schema library into every thread (1.5 MB of source, some 15 MB of memory each).
  const threads = await Promise.all(startedModules().map((path) => build({ ...options, metafile: true, entryPoints: { [entryName(path)]: path } })))
  const inputs = new Set([program, ...threads].flatMap(({ metafile }) => Object.keys(metafile.inputs)))
  // Programs in other languages stand beside the bundle under their own names, where the source looks for them.
  for (const path of globSync('packages/serving/src/**/*.py', { cwd: root })) cpSync(at(path), join(out, basename(path)))
  const contents = [...inputs, ...dependencyManifests(root, 'packages/web')]
  writeFileSync(join(out, 'THIRD-PARTY.txt'), thirdPartyText(root, contents))
  writeFileSync(join(out, 'sbom.cdx.json'), billOfMaterials(root, contents))
  cpSync(at('LICENSE'), at('packages/cli/LICENSE'))
  // What docs/operate.md tells an operator to copy. The Dockerfile needs a checkout; an image is built without any of it.
  rmSync(at('packages/cli/deploy'), { recursive: true, force: true })
  for (const part of existsSync(at('deploy')) ? ['systemd', 'nginx', 'prometheus', 'grafana', 'helm'] : []) cpSync(at('deploy', part), at('packages/cli/deploy', part), { recursive: true })
  const made = spawnSync(process.execPath, ['--conditions=source', '--disable-warning=ExperimentalWarning', at('tools/empty-database.ts'), join(out, 'empty.db')], { stdio: 'inherit' })
  if (made.status !== 0) throw new Error('The empty database could not be made.')
  const page = at('packages/web/dist')
  if (existsSync(page)) cpSync(page, join(out, 'web'), { recursive: true })
}

if (import.meta.main) {
  if (existsSync(at('packages/web/package.json'))) {
    const { status } = spawnSync('npm', ['run', '--silent', 'build', '-w', 'packages/web'], { cwd: root, stdio: 'inherit' })
    if (status !== 0) process.exit(1)
  }
  await buildBundle()
  console.log(`built ${relative(root, out)}`)
}
