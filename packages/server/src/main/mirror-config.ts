import type { reader } from './settings-reader.ts'

export interface MirrorConfig {
  /** Without credentials and without a slash at its end. */
  readonly url: string
  readonly username: string | undefined
  readonly password: string | undefined
  readonly token: string | undefined
  /** By name. */
  readonly workspace: string
  readonly allowPrivate: boolean
}

/** Where everything is written as well; undefined for nowhere. */
export function mirrorConfig(read: ReturnType<typeof reader>): MirrorConfig | undefined {
  const text = read.text('mirror-to')
  if (text === undefined || text === '') return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) read.problem('mirror-to', `"${text}" is no server.`, 'Give https://mlflow.example.com or https://dagshub.com/user/repository.mlflow')
  else if (url.username !== '' || url.password !== '') read.problem('mirror-to', 'it holds a password, which everybody sees who may look at the processes of this machine.', 'Give user and password by CAIRN_MIRROR_USERNAME and CAIRN_MIRROR_PASSWORD.')
  return {
    url: text.replace(/\/+$/, ''), username: read.text('mirror-username'), password: read.text('mirror-password'), token: read.text('mirror-token'),
    workspace: read.text('mirror-workspace') ?? 'default', allowPrivate: read.boolean('mirror-allow-private', false),
  }
}
