/** The parts of the OCI image format: https://github.com/opencontainers/image-spec (v1.1). */

export interface Descriptor {
  readonly mediaType: string
  /** `sha256:` and 64 hexadecimal digits. */
  readonly digest: string
  readonly size: number
  readonly annotations?: Readonly<Record<string, string>>
  readonly platform?: Platform
}

export interface Platform {
  readonly os: string
  readonly architecture: string
  readonly variant?: string
}

export interface Manifest {
  readonly schemaVersion: 2
  readonly mediaType?: string
  readonly config: Descriptor
  readonly layers: readonly Descriptor[]
  readonly annotations?: Readonly<Record<string, string>>
}

export interface Index {
  readonly schemaVersion: 2
  readonly mediaType?: string
  readonly manifests: readonly Descriptor[]
  readonly annotations?: Readonly<Record<string, string>>
}

export interface ImageConfig extends Platform {
  readonly created?: string
  readonly config?: ContainerConfig
  readonly rootfs: { readonly type: 'layers'; readonly diff_ids: readonly string[] }
  readonly history?: readonly HistoryEntry[]
}

export interface ContainerConfig {
  readonly User?: string
  readonly ExposedPorts?: Readonly<Record<string, object>>
  readonly Env?: readonly string[]
  readonly Entrypoint?: readonly string[] | null
  readonly Cmd?: readonly string[] | null
  readonly WorkingDir?: string
  readonly Labels?: Readonly<Record<string, string>> | null
  readonly StopSignal?: string
  readonly [other: string]: unknown
}

export interface HistoryEntry {
  readonly created?: string
  readonly created_by?: string
  readonly comment?: string
  readonly empty_layer?: boolean
}

export const mediaTypes = {
  index: 'application/vnd.oci.image.index.v1+json',
  manifest: 'application/vnd.oci.image.manifest.v1+json',
  config: 'application/vnd.oci.image.config.v1+json',
  layer: 'application/vnd.oci.image.layer.v1.tar',
  dockerIndex: 'application/vnd.docker.distribution.manifest.list.v2+json',
  dockerManifest: 'application/vnd.docker.distribution.manifest.v2+json',
} as const

export const isIndex = (mediaType: string): boolean => mediaType === mediaTypes.index || mediaType === mediaTypes.dockerIndex
export const isManifest = (mediaType: string): boolean => mediaType === mediaTypes.manifest || mediaType === mediaTypes.dockerManifest

/** Docker's names of layers are of the same bytes. */
export const ociLayerType = (mediaType: string): string =>
  (mediaType.startsWith('application/vnd.docker.image.rootfs.diff.tar') ? mediaTypes.layer + (mediaType.endsWith('.gzip') ? '+gzip' : mediaType.endsWith('.zstd') ? '+zstd' : '') : mediaType)

/** Layers that a registry may not pass on; they are fetched from elsewhere. */
export const isForeign = (mediaType: string): boolean => /nondistributable|foreign/.test(mediaType)

export const refName = 'org.opencontainers.image.ref.name'

/** `linux/amd64` or `linux/arm64/v8`. */
export function parsePlatform(text: string): Platform {
  const [os = '', architecture = '', variant] = text.split('/')
  return { os, architecture, ...(variant !== undefined && { variant }) }
}

export const platformText = ({ os, architecture, variant }: Platform): string => [os, architecture, ...(variant === undefined ? [] : [variant])].join('/')

/** The platform of programs that run where this one does, in containers of Linux. */
export const hostPlatform = (): Platform => ({ os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch })

/** arm64 is v8 where nobody says otherwise. */
export function samePlatform(one: Platform, wanted: Platform): boolean {
  const variant = ({ architecture, variant: own }: Platform): string => own ?? (architecture === 'arm64' ? 'v8' : '')
  return one.os === wanted.os && one.architecture === wanted.architecture && (wanted.variant === undefined || variant(one) === variant(wanted))
}
