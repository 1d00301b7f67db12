import { createServingEndpoint } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { UsageError } from '../../framework/errors.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { readModelReference } from '../../client/model-reference.ts'
import { trafficText } from '../../listing/endpoints.ts'
import { readShadow, readTraffic, reason, shadowOption, stickyOption } from '../../serving/targets.ts'

export const command = defineCommand({
  summary: 'Name an endpoint: which versions of a registered model answer it, and how much.',
  details: 'The tracking server records it; processes serve it with cairn models serve --endpoint NAME and go where the record goes.',
  args: {
    name: { summary: 'Letters, digits, ".", "_" and "-".' },
    model: { summary: 'NAME@ALIAS follows an alias, NAME/VERSION serves one version; NAME follows champion where there is one, and else serves the latest version.' },
  },
  options: {
    traffic: { kind: 'list', value: 'VERSION=PERCENT', topic: 'Traffic', summary: 'Several versions (numbers or aliases of the model), instead of one.' },
    shadow: shadowOption,
    'sticky-header': stickyOption,
    description: { kind: 'text', summary: 'What it is for.' },
    reason,
    ...clientOptions,
  },
  examples: [
    ['endpoints create churn-live churn@champion', 'goes where the alias champion goes'],
    ['endpoints create churn-live churn --traffic 3=90 --traffic 4=10', 'a fixed split'],
  ],
  run: async ({ args, options, io }) => {
    const connection = connect({ options, io })
    const { name: model_name, version, alias } = readModelReference(args.model)
    const one = version ?? alias
    if (one !== undefined && options.traffic.length > 0) throw new UsageError('The model names a version or an alias, and --traffic names some too.', `cairn endpoints create ${args.name} ${model_name} --traffic ${one}=90 --traffic …=10`)
    const texts = one === undefined ? options.traffic.flatMap((text) => text.split(',')) : [one]
    const { endpoint } = await connection.call(createServingEndpoint, {
      name: args.name, model_name,
      ...(texts.length > 0 && { traffic: readTraffic(texts) }), ...(options.shadow !== undefined && { shadow: readShadow(options.shadow) }),
      ...(options['sticky-header'] !== undefined && { sticky_header: options['sticky-header'] }), ...(options.description !== undefined && { description: options.description }),
      ...(options.reason !== undefined && { reason: options.reason }),
    })
    return { data: endpoint, text: `Endpoint ${endpoint.name}: ${trafficText(endpoint.traffic)}. Serve it: cairn models serve --endpoint ${endpoint.name}` }
  },
})
