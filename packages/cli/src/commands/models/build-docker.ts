import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildWithEngine, containerEngine, writeContext } from '@cairn/images'
import { clientOptions } from '../../client/connection.ts'
import { defineCommand } from '../../framework/command.ts'
import { checkedPlatform, dockerfileOptions, planForCommand, runtimeOfProgram } from '../../images/options.ts'

export const command = defineCommand({
  summary: 'Build an image with Docker or Podman that answers for a model at port 8080.',
  details: 'The same as generate-dockerfile and docker build. CAIRN_CONTAINER_ENGINE names another engine than the first of docker and podman on the PATH. Where there is none, build-oci writes the image itself.',
  args: {},
  options: {
    ...dockerfileOptions,
    name: { kind: 'text', short: 'n', default: 'mlflow-pyfunc-servable', summary: 'The image’s name, with or without a tag.' },
    platform: { kind: 'text', value: 'SYSTEM/PROCESSOR', summary: 'What the image is for, where it is not this machine: linux/amd64.' },
    ...clientOptions,
  },
  examples: [['models build-docker -m models:/churn@champion -n churn:3', 'then: docker run --rm -p 5001:8080 churn:3']],
  run: async ({ options, io }) => {
    const say = (line: string): void => io.warn(`${line}\n`)
    const platform = checkedPlatform(options.platform)
    const engine = await containerEngine(io.env)
    const uri = options['model-uri']
    const plan = uri === undefined ? undefined : await planForCommand(uri, options, io)
    const java = options['install-java']
    const folder = await mkdtemp(join(tmpdir(), 'cairn-image-'))
    try {
      const { base } = await writeContext({
        plan, folder, runtime: runtimeOfProgram(), base: options.base, java: java === undefined ? undefined : java === 'true', lock: options.lock, env: io.env, say, signal: io.signal,
      })
      await buildWithEngine(engine, { folder, name: options.name, platform, env: io.env, say, signal: io.signal })
      return {
        data: { name: options.name, base, engine, model: uri ?? null, digest: plan?.fetched.digest ?? null },
        text: `Built ${options.name}. Run it: docker run --rm -p 5001:8080 ${plan === undefined ? '-v ./model:/opt/ml/model ' : ''}${options.name}`,
      }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
})
