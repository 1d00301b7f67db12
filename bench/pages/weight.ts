/** What a part of the page's code weighs in the files of the build, where it stands beside other code. */
import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { SourceMap, type SourceMapPayload } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gunzipSync, gzipSync } from 'node:zlib'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The name of a file of the build says what is in it at its end; what stands before is the same in every build. */
const plain = (name: string): string => name.replace(hash, '')
const hash = /-[\w-]{8}\.js$/

/** Of a script, by its map, what comes from some of the source. */
function partOf(script: string, payload: SourceMapPayload, isPart: (source: string) => boolean): string {
  const map = new SourceMap(payload)
  let part = ''
  for (const [line, text] of script.split('\n').entries()) {
    for (let column = 0; column < text.length; column += 1) {
      const entry = map.findEntry(line, column)
      if ('originalSource' in entry && isPart(entry.originalSource)) part += text[column]
    }
  }
  return part
}

/** Bytes of some of the source in some scripts of the page, compressed by itself. `place` is where the page may be built once more, with maps. */
export async function weightOf(scripts: readonly string[], isPart: (source: string) => boolean, place: string): Promise<number> {
  await promisify(execFile)(join(root, 'node_modules/.bin/vite'), ['build', join(root, 'packages/web'), '--outDir', place, '--sourcemap', 'hidden'])
  const assets = join(place, 'assets')
  const names = await readdir(assets)
  const parts: string[] = []
  // Others lie beside the build as they are.
  for (const script of scripts.filter((name) => hash.test(name))) {
    // What is small is not compressed.
    const found = names.find((one) => /\.js(?:\.gz)?$/.test(one) && plain(one.replace(/\.gz$/, '')) === plain(script))
    const name = found?.replace(/\.gz$/, '')
    if (found === undefined || name === undefined) throw new Error(`The build has no ${script}.`)
    // What is made by the bundler alone comes from no source.
    if (!names.includes(`${name}.map`)) continue
    const bytes = await readFile(join(assets, found))
    parts.push(partOf((found === name ? bytes : gunzipSync(bytes)).toString(), JSON.parse(await readFile(join(assets, `${name}.map`), 'utf8')) as SourceMapPayload, isPart))
  }
  return gzipSync(parts.join('\n'), { level: 9 }).length
}
