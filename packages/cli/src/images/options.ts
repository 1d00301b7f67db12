import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { plainImage, planImage, pythonImage, type ImageManager, type ImagePlan, type Runtime } from '@cairn/images'
import type { OptionSpec } from '../framework/command.ts'
import { UserError } from '../framework/errors.ts'
import type { Io } from '../framework/io.ts'
import { packageHome, version } from '../installation.ts'
import { fetchForCommand, uriSummary } from '../serving/model.ts'

/** Options of commands that write a Dockerfile; MLflow's names where it has them. */
export const dockerfileOptions = {
  'model-uri': { kind: 'text', short: 'm', value: 'URI', summary: `${uriSummary} Without one the model is mounted at /opt/ml/model when the container starts.` },
  base: { kind: 'text', value: 'IMAGE', shown: 'python:VERSION-slim, or debian:13-slim without Python', summary: 'The image to begin with.' },
  'env-manager': {
    kind: 'text', choices: ['virtualenv', 'uv', 'conda', 'local'], default: 'virtualenv', topic: 'Python',
    summary: 'Who builds the environment of the model in the image; local installs into the image’s own Python.',
  },
  'install-mlflow': { kind: 'boolean', topic: 'Python', summary: 'Add MLflow to the environment, for a model that does not ask for it.' },
  'install-java': { kind: 'text', choices: ['true', 'false'], topic: 'Python', summary: 'Install Java, which is done for models of Spark, H2O and John Snow Labs anyway.' },
  lock: { kind: 'boolean', topic: 'Python', summary: 'Build the environment here first, and pin every package in it with its digest.' },
  'python-only': { kind: 'boolean', topic: 'Python', summary: 'Take Python also for models that run without it.' },
} as const satisfies Record<string, OptionSpec>

export const caFileOption = { kind: 'text', value: 'FILE', summary: 'Trust what this certificate (PEM) has signed too: that of a registry’s own authority. Registries on this machine are then spoken to with TLS as well.' } as const satisfies OptionSpec

/** Trusts the authorities of a file besides those that are trusted anyway, until it is disposed of. */
export async function trustAuthorities(file: string | undefined, cwd: string): Promise<Disposable> {
  if (file === undefined) return { [Symbol.dispose]() {} }
  const text = await readFile(resolve(cwd, file), 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new UserError(`--ca-file ${file} cannot be read (${error.code ?? error.message}).`, 'Name a file of certificates in PEM: --ca-file ca.pem', 2)
  })
  const added = text.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []
  try {
    for (const one of added) void new X509Certificate(one)
  } catch (error) {
    throw new UserError(`--ca-file ${file} holds a certificate that is damaged (${(error as Error).message}).`, 'Fetch it again from whoever runs the registry.', 2)
  }
  if (added.length === 0) throw new UserError(`--ca-file ${file} holds no certificate.`, 'It begins with -----BEGIN CERTIFICATE-----; DER is turned into PEM by: openssl x509 -inform der -in ca.crt -out ca.pem', 2)
  const before = getCACertificates('default')
  setDefaultCACertificates([...before, ...added])
  return { [Symbol.dispose]: () => setDefaultCACertificates(before) }
}

export interface PlanFlags {
  readonly 'env-manager': ImageManager
  readonly 'install-mlflow': boolean
  readonly 'python-only': boolean
  readonly 'tracking-uri': string
}

/** Brings the model here and says what its image needs. */
export async function planForCommand(uri: string, flags: PlanFlags, io: Io): Promise<ImagePlan> {
  return planImage(await fetchForCommand(uri, io, flags['tracking-uri']), {
    manager: flags['env-manager'], installMlflow: flags['install-mlflow'], pythonOnly: flags['python-only'], env: io.env, say: (line) => io.warn(`${line}\n`),
  })
}

/** The image that a model's begins with where no other is named. */
export const defaultBase = ({ python }: ImagePlan): string => `docker://${python === undefined ? plainImage : pythonImage(python.spec.python)}`

export const runtimeOfProgram = (): Runtime => ({ version: version(), home: packageHome() })

/** `linux/amd64`, as engines and registries write it. */
export function checkedPlatform(text: string | undefined): string | undefined {
  if (text === undefined || /^[a-z0-9]+\/[a-z0-9]+(?:\/[a-z0-9]+)?$/.test(text)) return text
  throw new UserError(`--platform is "${text}".`, 'Write system and processor: --platform linux/amd64', 2)
}
