import { createRequire } from 'node:module'
import { join } from 'node:path'

/**
 * Where onnxruntime-node is installed: CAIRN_ONNXRUNTIME (a folder with node_modules), beside this
 * program, or below the working folder. It is 290 MB, so Cairn does not bring it.
 */
export function findOnnxRuntime(env: Readonly<Record<string, string | undefined>>, cwd: string): string | undefined {
  const bases = [env['CAIRN_ONNXRUNTIME'], cwd].filter((base) => base !== undefined && base !== '').map((base) => join(base!, 'package.json'))
  for (const base of [...bases, import.meta.url]) {
    try {
      return createRequire(base).resolve('onnxruntime-node')
    } catch { /* not there */ }
  }
  return undefined
}
