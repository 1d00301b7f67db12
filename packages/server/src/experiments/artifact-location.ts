import { invalid } from '@cairn/protocol'
import { lengthOf } from '../names/index.ts'
import type { Place } from '../workspaces/index.ts'

export interface ArtifactLocationRules {
  /** Where experiments without a location of their own keep artifacts: `mlflow-artifacts:/`, a folder, a URI. */
  readonly root: string
  /** Code points; MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH. */
  readonly maxLength: number
  /** Schemes that name a host and are taken all the same; MLFLOW_ALLOWED_HOST_ADDRESSED_ARTIFACT_SCHEMES. */
  readonly allowedHostSchemes?: readonly string[]
  /** What relative paths are resolved against. */
  readonly cwd: string
}

/** Where new experiments of a workspace keep artifacts, below the server's root if it has no root of its own. */
export const workspaceRoot = (root: string, { name, artifactRoot }: Place): string => artifactRoot ?? appendToUri(root, 'workspaces', name)

interface Uri {
  readonly scheme: string
  /** `//host` or "". */
  readonly authority: string
  readonly path: string
  /** With its `?`, or "". */
  readonly query: string
  /** With its `#`, or "". */
  readonly fragment: string
}

function splitUri(uri: string): Uri {
  const parts = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(\/\/[^/?#]*)?([^?#]*)(\?[^#]*)?(#[\s\S]*)?$/.exec(uri)!
  return { scheme: (parts[1] ?? '').toLowerCase(), authority: parts[2] ?? '', path: parts[3]!, query: parts[4] ?? '', fragment: parts[5] ?? '' }
}

// Schemes whose last path segment may carry `;params` for Python's `urlparse`.
const withParams = new Set(['', 'ftp', 'hdfs', 'http', 'https', 'sftp', 'prospero', 'rtsp', 'rtsps', 'rtspu', 'sip', 'sips', 'mms', 'tel'])
const hostAddressed = new Set(['ftp', 'sftp', 'hdfs', 'viewfs', 'http', 'https', 'mlflow-artifacts', 'r2', 'b2', 'abfss'])

/**
 * Where a new experiment keeps its artifacts: what the client asked for, checked by MLflow's rules.
 * Whether the server itself may read or write there is decided when it would, by the artifact
 * resolver: clients may use locations that they alone reach.
 */
export function checkArtifactLocation(location: string, rules: ArtifactLocationRules, field = 'artifact_location'): string {
  const { scheme, authority, path, query, fragment } = splitUri(location)
  const params = withParams.has(scheme) && path.slice(path.lastIndexOf('/') + 1).includes(';')
  if (fragment.length > 1 || params) throw invalid(`'${field}' URL can't include fragments or params.`)
  checkQuery(query)
  if (namesForeignHost(scheme, authority, rules)) {
    throw invalid(`'${field}' cannot use the '${scheme}' scheme: the '${scheme}' scheme addresses a host other than the tracking server's configured artifact storage, so the server would connect to the host named in the URI. Set the MLFLOW_ALLOWED_HOST_ADDRESSED_ARTIFACT_SCHEMES environment variable on the server to allow it.`)
  }
  if (location.startsWith('runs:')) throw invalid(`Artifact location cannot be a runs:/ URI. Given: '${location}'`)
  checkLocationLength(location, rules)
  const resolved = scheme === '' && authority === '' && !path.startsWith('/') ? appendToUri(rules.cwd, location) : location
  checkLocationLength(resolved, rules)
  return resolved
}

function checkLocationLength(location: string, { maxLength }: ArtifactLocationRules): void {
  if (lengthOf(location) > maxLength) {
    throw invalid(`Invalid artifact path length. The length of the artifact path cannot be greater than ${maxLength} characters. To configure this limit, please set the MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH environment variable.`)
  }
}

function namesForeignHost(scheme: string, authority: string, { root, allowedHostSchemes = [] }: ArtifactLocationRules): boolean {
  if (!hostAddressed.has(scheme)) return false
  if (scheme === 'mlflow-artifacts' && authority.length <= 2) return false
  if (allowedHostSchemes.some((allowed) => allowed.toLowerCase() === scheme)) return false
  const configured = splitUri(root)
  return configured.scheme !== scheme || configured.authority.toLowerCase() !== authority.toLowerCase()
}

/** A query with `..` in it, however often encoded, could become a path later. */
function checkQuery(query: string): void {
  let decoded = query
  for (let times = 0; times < 10; times += 1) {
    if (decoded.includes('..')) throw invalid('Invalid query string')
    const next = decoded.replace(/%[0-9a-fA-F]{2}/g, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)))
    if (next === decoded) return
    decoded = next
  }
  throw invalid('Invalid query string')
}

/**
 * Appends path segments to a location: in front of its query, and with one slash between.
 *
 *     appendToUri('s3://bucket/a?region=x', '5', 'artifacts')  // s3://bucket/a/5/artifacts?region=x
 */
export function appendToUri(uri: string, ...segments: readonly string[]): string {
  const { scheme, authority, path, query, fragment } = splitUri(uri)
  const suffix = segments.map((segment) => segment.replace(/^\/+/, '')).join('/')
  const join = (base: string): string => (base === '' || base.endsWith('/') ? `${base}${suffix}` : `${base}/${suffix}`)
  // A plain path: there `?` and `#` are letters like any other.
  if (scheme === '') return join(uri)
  const joined = join(path)
  const rooted = authority !== '' && !joined.startsWith('/') ? `/${joined}` : joined
  // `file:/x` and `file:///x` are the same place; MLflow stores the second.
  const slashes = authority === '' && scheme === 'file' && rooted.startsWith('/') ? '//' : authority
  return `${scheme}:${slashes}${rooted}${query}${fragment}`
}
