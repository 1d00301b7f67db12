import { resolve } from 'node:path'
import { buildOci, hostPlatform, parsePlatform, platformText } from '@cairn/images'
import { clientOptions } from '../../client/connection.ts'
import { defineCommand } from '../../framework/command.ts'
import { UserError } from '../../framework/errors.ts'
import { table } from '../../framework/table.ts'
import { caFileOption, checkedPlatform, defaultBase, planForCommand, runtimeOfProgram, trustAuthorities } from '../../images/options.ts'
import { uriSummary } from '../../serving/model.ts'

export const command = defineCommand({
  summary: 'Write an image that answers for a model as an OCI layout, without Docker.',
  details: 'The same inputs give the same bytes: files are sorted and carry the time of SOURCE_DATE_EPOCH, or none. Program, environment and model are layers of their own, so a new version of a model ships the last layer only. Base images of registries are kept in ~/.cache/cairn/images (CAIRN_IMAGE_DIR).',
  args: {},
  options: {
    'model-uri': { kind: 'text', short: 'm', value: 'URI', required: true, summary: uriSummary },
    output: { kind: 'text', short: 'o', value: 'FOLDER', required: true, summary: 'The layout to write: a folder, or a file that ends in .tar.' },
    base: { kind: 'text', value: 'IMAGE', shown: 'python:VERSION-slim, or debian:13-slim without Python', summary: 'The image to begin with: oci:FOLDER:TAG, a path of a layout, or an image of a registry.' },
    tag: { kind: 'text', default: 'latest', summary: 'What the image is called in the layout.' },
    platform: { kind: 'text', value: 'SYSTEM/PROCESSOR', summary: 'Which image of a base for several; without it this machine’s processor.' },
    compression: { kind: 'text', choices: ['gzip', 'zstd'], default: 'gzip', summary: 'How layers are packed; zstd is ten times as fast, and older engines do not know it.' },
    'plain-http': { kind: 'boolean', summary: 'Speak to the base’s registry without TLS, as is done with this machine anyway.' },
    'ca-file': caFileOption,
    'env-manager': { kind: 'text', choices: ['virtualenv', 'uv', 'local'], default: 'virtualenv', topic: 'Python', summary: 'Who builds the environment of the model; local takes the base’s own Python with what is installed there.' },
    'install-mlflow': { kind: 'boolean', topic: 'Python', summary: 'Add MLflow to the environment, for a model that does not ask for it.' },
    offline: { kind: 'boolean', topic: 'Python', summary: 'Build the environment from what is cached, without a network.' },
    'python-only': { kind: 'boolean', topic: 'Python', summary: 'Take Python also for models that run without it.' },
    ...clientOptions,
  },
  examples: [
    ['models build-oci -m models:/churn@champion -o churn-image', 'then: cairn models push churn-image registry.example/churn:3'],
    ['models build-oci -m ./model -o model.tar --base oci:base:slim --tag v1', 'on a base that lies here, without a network'],
  ],
  run: async ({ options, io, style }) => {
    const platform = parsePlatform(checkedPlatform(options.platform) ?? platformText(hostPlatform()))
    if (!/^[\w][\w.-]{0,127}$/.test(options.tag)) throw new UserError(`--tag is "${options.tag}".`, 'A tag is of letters, digits, points, lines and underscores: --tag v1', 2)
    const plan = await planForCommand(options['model-uri'], options, io)
    using _trust = await trustAuthorities(options['ca-file'], io.cwd)
    const built = await buildOci({
      plan, runtime: runtimeOfProgram(), base: options.base ?? defaultBase(plan), output: resolve(io.cwd, options.output), tag: options.tag, platform, compression: options.compression,
      offline: options.offline, plainHttp: options['plain-http'], tls: options['ca-file'] !== undefined, cwd: io.cwd, env: io.env, say: (line) => io.warn(`${line}\n`), signal: io.signal,
    })
    const rows = table(built.layers, [
      { title: 'Layer', value: ({ what }) => what }, { title: 'Digest', value: ({ digest }) => digest, whole: true }, { title: 'MB', align: 'right', value: ({ size }) => (size / 1e6).toFixed(1) },
    ], style, io.columns)
    return { data: { ...built, tag: options.tag, model: options['model-uri'], model_digest: plan.fetched.digest }, text: `Wrote ${built.output} (${options.tag}, ${built.platform}): ${built.digest}\n${rows}` }
  },
})
