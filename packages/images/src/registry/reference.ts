import { ImageError } from '../errors.ts'

/** An image of a registry. */
export interface Reference {
  /** Host and port, as one connects to it. */
  readonly registry: string
  readonly repository: string
  /** A tag, or a digest where one was given. */
  readonly version: string
  /** In full: `docker.io/library/python:3.12-slim`. */
  readonly name: string
}

const dockerHub = 'registry-1.docker.io'
const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const repositoryPattern = new RegExp(`^${component}(?:/${component})*$`)

/** Reads `python:3.12-slim`, `ghcr.io/team/churn:3`, `localhost:5000/churn@sha256:…`, also after `docker://`. @throws ImageError */
export function parseReference(text: string): Reference {
  const written = text.replace(/^docker:\/\//, '')
  const [, path = '', tag, digest] = /^([^@]*?)(?::([^:/@]*))?(?:@(.*))?$/.exec(written) ?? []
  const slash = path.indexOf('/')
  const first = slash < 0 ? '' : path.slice(0, slash)
  const hasHost = first === 'localhost' || /[.:]/.test(first)
  const host = hasHost ? first : 'docker.io'
  const rest = hasHost ? path.slice(slash + 1) : path
  const repository = host === 'docker.io' && !rest.includes('/') ? `library/${rest}` : rest
  const wrong = !repositoryPattern.test(repository) || repository.length > 255 ? `"${repository}" is no name of a repository: those are of small letters, digits and - _ . between them`
    : tag !== undefined && !/^\w[\w.-]{0,127}$/.test(tag) ? `"${tag}" is no tag`
      : digest !== undefined && !/^sha256:[0-9a-f]{64}$/.test(digest) ? `"${digest}" is no digest of sha256`
        : !/^(?:[\w.-]+|\[[0-9a-fA-F:]+\])(?::\d+)?$/.test(host) ? `"${host}" is no host` : undefined
  if (wrong !== undefined) throw new ImageError(`"${text}" names no image: ${wrong}.`, 'Write it as registry.example/team/churn:3, or name a layout: oci:FOLDER:TAG')
  const version = digest ?? tag ?? 'latest'
  return { registry: host === 'docker.io' || host === 'index.docker.io' ? dockerHub : host, repository, version, name: `${host}/${repository}${digest === undefined ? `:${version}` : `@${digest}`}` }
}

/** This machine itself, to which nobody listens in. */
export const isLoopback = (registry: string): boolean => /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/.test(registry)

/** Under which names a registry stands in files of credentials, the most likely first. */
export const credentialKeys = (registry: string): string[] =>
  (registry === dockerHub ? ['https://index.docker.io/v1/', 'index.docker.io', 'docker.io', registry] : [registry, `https://${registry}`, `https://${registry}/v1/`, `https://${registry}/v2/`])
