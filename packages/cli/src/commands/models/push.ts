import { layoutPlace, pushImage } from '@cairn/images'
import { defineCommand } from '../../framework/command.ts'
import { UserError } from '../../framework/errors.ts'
import { caFileOption, trustAuthorities } from '../../images/options.ts'

export const command = defineCommand({
  summary: 'Push an image that build-oci wrote to a registry.',
  details: 'What the registry has is not sent again; large layers go in pieces. Who you are is read where docker login and podman login write it: ~/.docker/config.json, with its credential helpers.',
  args: { layout: { summary: 'The layout: a folder or a .tar file, with :TAG where it holds several.' }, reference: { summary: 'Where to: registry.example/team/churn:3.' } },
  options: {
    'chunk-mb': { kind: 'integer', value: 'MB', default: 64, summary: 'How much is sent in one request.' },
    'plain-http': { kind: 'boolean', summary: 'Speak to the registry without TLS, as is done with this machine anyway.' },
    'ca-file': caFileOption,
  },
  examples: [['models push churn-image registry.example/team/churn:3', 'the image in the folder churn-image'], ['models push churn.tar:v3 localhost:5000/churn:3', 'one of an archive, to a registry on this machine'], ['models push churn-image registry.corp:5000/churn:3 --ca-file ca.pem', 'to one whose certificate an authority of the company signed']],
  run: async ({ args, options, io }) => {
    const layout = layoutPlace(args.layout, io.cwd)
    if (layout === undefined) throw new UserError(`There is no OCI layout ${args.layout}.`, 'Write one: cairn models build-oci -m URI -o FOLDER')
    if (!(options['chunk-mb'] >= 1)) throw new UserError(`--chunk-mb is ${options['chunk-mb']}.`, 'It is a number of megabytes: --chunk-mb 16', 2)
    using _trust = await trustAuthorities(options['ca-file'], io.cwd)
    const pushed = await pushImage({
      layout, reference: args.reference, chunkBytes: options['chunk-mb'] * 2 ** 20, plainHttp: options['plain-http'], tls: options['ca-file'] !== undefined, env: io.env, say: (line) => io.warn(`${line}\n`), signal: io.signal,
    })
    const { reference, digest, uploaded, mounted, there } = pushed
    return { data: pushed, text: `Pushed ${reference}: ${digest}\n${uploaded} blobs were sent${mounted > 0 ? `, ${mounted} taken from the base’s repository` : ''}, ${there} were there.` }
  },
})
