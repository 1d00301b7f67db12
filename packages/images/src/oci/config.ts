import { account, entrypoint, healthCommand, nodeLibraries, port, variables, type Start } from '../plan.ts'
import { defaultPath, environmentOf } from './base.ts'
import type { Layer } from './layer.ts'
import type { Image } from './source.ts'
import type { ImageConfig } from './types.ts'

interface Additions {
  readonly start: Start
  readonly layers: readonly (Layer & { readonly what: string })[]
  readonly labels: Readonly<Record<string, string>>
  /** A folder that comes first on the PATH. */
  readonly path: string | undefined
  readonly created: Date
}

/** The base's config with what the model's layers add to it. */
export function imageConfig(image: Image, { start, layers, labels, path, created }: Additions): ImageConfig {
  const { config, architecture, os, variant, rootfs, history } = image.config
  const env = environmentOf(image)
  for (const [name, value] of Object.entries(variables(start))) env.set(name, value)
  if (path !== undefined || !env.has('PATH')) env.set('PATH', [...(path === undefined ? [] : [path]), env.get('PATH') ?? defaultPath].join(':'))
  if (start.node === undefined) env.set('LD_LIBRARY_PATH', [nodeLibraries, env.get('LD_LIBRARY_PATH') ?? ''].filter((part) => part !== '').join(':'))
  const time = created.toISOString().replace('.000Z', 'Z')
  return {
    created: time, architecture, os, ...(variant !== undefined && { variant }),
    config: {
      ...config, User: account, ExposedPorts: { ...config?.ExposedPorts, [`${port}/tcp`]: {} }, Env: [...env].map(([name, value]) => `${name}=${value}`),
      Entrypoint: entrypoint(start), Cmd: [], WorkingDir: '/tmp', Labels: { ...config?.Labels, ...labels }, StopSignal: 'SIGTERM',
      // Docker's addition to the format, which others pass over. In nanoseconds.
      Healthcheck: { Test: ['CMD', ...healthCommand(start)], Interval: 10e9, Timeout: 5e9, StartPeriod: 60e9 },
    },
    rootfs: { type: 'layers', diff_ids: [...rootfs.diff_ids, ...layers.map(({ diffId }) => diffId)] },
    // One entry for each layer or none at all: a base without a history keeps none.
    ...((history ?? []).filter((entry) => entry.empty_layer !== true).length === rootfs.diff_ids.length && {
      history: [...(history ?? []), ...layers.map(({ what }) => ({ created: time, created_by: 'cairn models build-oci', comment: what }))],
    }),
  }
}
