import { fileURLToPath } from 'node:url'
import { isAbsolute, resolve } from 'node:path'
import { ModelError } from '../errors.ts'

/** What a model URI names. */
export type ModelReference =
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'version'; readonly name: string; readonly version: string }
  /** `stage` is one of MLflow's stages, as it was written. */
  | { readonly kind: 'stage'; readonly name: string; readonly stage: string }
  | { readonly kind: 'latest'; readonly name: string }
  | { readonly kind: 'alias'; readonly name: string; readonly alias: string }
  | { readonly kind: 'logged-model'; readonly modelId: string; readonly path: string }
  | { readonly kind: 'run'; readonly runId: string; readonly path: string }
  /** Files that the tracking server passes on. */
  | { readonly kind: 'proxied'; readonly path: string }

const forms = 'models:/NAME/VERSION, models:/NAME@ALIAS, models:/m-ID, runs:/RUN/PATH, or a folder'

/** Relative folders are below `cwd`. @throws ModelError */
export function parseModelUri(uri: string, cwd: string): ModelReference {
  const scheme = /^([a-z][a-z\d+.-]*):/i.exec(uri)?.[1]?.toLowerCase()
  switch (scheme) {
    case undefined: return { kind: 'folder', path: isAbsolute(uri) ? uri : resolve(cwd, uri) }
    case 'file': return { kind: 'folder', path: folderOf(uri) }
    case 'models': return parseModels(uri)
    case 'runs': {
      const match = /^runs:\/+([^/]+)\/(.+?)\/*$/.exec(uri)
      if (match === null) throw new ModelError(`"${uri}" names a run without a model in it.`, 'Write runs:/RUN/PATH, for instance runs:/0b7e…/model.')
      return { kind: 'run', runId: match[1]!, path: match[2]! }
    }
    case 'mlflow-artifacts': return { kind: 'proxied', path: uri.replace(/^mlflow-artifacts:(?:\/\/[^/]*)?\/*/, '').replace(/\/+$/, '') }
    default: throw new ModelError(`"${uri}" is in a storage that Cairn does not read by itself (${scheme}:).`, `Write ${forms}.`)
  }
}

function folderOf(uri: string): string {
  try {
    return fileURLToPath(uri)
  } catch (error) {
    throw new ModelError(`"${uri}" is no folder on this machine: ${(error as Error).message}.`, 'Write file:///an/absolute/path, or the path alone.')
  }
}

function parseModels(uri: string): ModelReference {
  const rest = uri.replace(/^models:\/*/i, '').replace(/\/+$/, '')
  const [first = '', second, ...more] = rest.split('/')
  if (/^m-[\da-f]{32}$/.test(first)) return { kind: 'logged-model', modelId: first, path: [second, ...more].filter((part) => part !== undefined).join('/') }
  const alias = /^([^/@]+)@([^/@]+)$/.exec(rest)
  if (alias !== null) return { kind: 'alias', name: decode(alias[1]!), alias: alias[2]! }
  if (first === '' || second === undefined || second === '' || more.length > 0) throw new ModelError(`"${uri}" does not say which version of a model.`, `Write ${forms}.`)
  const name = decode(first)
  if (/^\d+$/.test(second)) return { kind: 'version', name, version: String(BigInt(second)) }
  if (second.toLowerCase() === 'latest') return { kind: 'latest', name }
  return { kind: 'stage', name, stage: second }
}

const decode = (text: string): string => (/%[\da-f]{2}/i.test(text) ? decodeURIComponent(text) : text)
