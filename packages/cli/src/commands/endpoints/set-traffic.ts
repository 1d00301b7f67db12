import { setServingTraffic } from '@cairn/protocol'
import { defineCommand } from '../../framework/command.ts'
import { UsageError } from '../../framework/errors.ts'
import { clientOptions, connect } from '../../client/connection.ts'
import { rolloutText, trafficText } from '../../listing/endpoints.ts'
import { pauseOption, readRollout, readShadow, readTraffic, reason, resumeOption, rolloutOptions, shadowOption, stickyOption } from '../../serving/targets.ts'

export const command = defineCommand({
  summary: 'Change which versions answer how much, try a new one, or ask one in the shadow.',
  details: 'What is not named stays as it is. Processes that serve the endpoint make new versions ready beside the old ones; no request fails. Back: cairn endpoints rollback NAME.',
  args: { name: { summary: 'The endpoint.' }, traffic: { summary: 'VERSION=PERCENT or ALIAS=PERCENT, which make 100; a single one may leave its percent out.', many: true, optional: true } },
  options: { ...rolloutOptions, shadow: shadowOption, 'sticky-header': stickyOption, pause: pauseOption, resume: resumeOption, reason, ...clientOptions },
  examples: [
    ['endpoints set-traffic churn-live champion=90 4=10', 'a tenth for version 4, until something else is said'],
    ['endpoints set-traffic churn-live --canary 4 --steps 5,25,50', 'tries version 4, then promotes it or takes it back'],
    ['endpoints set-traffic churn-live --canary challenger --max-disagreement 0.02', 'and takes it back when it answers otherwise too often'],
    ['endpoints set-traffic churn-live --pause', 'what is tried stays at its present share until --resume'],
    ['endpoints set-traffic churn-live --shadow 5=0.1', 'a tenth of the requests goes to version 5 too'],
  ],
  run: async ({ args, options, io }) => {
    const connection = connect({ options, io })
    const texts = (args.traffic ?? []).flatMap((text) => text.split(',')).filter((text) => text !== '')
    const rollout = readRollout(options)
    const shadow = options.shadow === undefined ? undefined : readShadow(options.shadow)
    if (options.pause && options.resume) throw new UsageError('--pause and --resume are opposites.', 'Name one of the two.')
    const pause = options.pause || options.resume ? { pause: options.pause } : {}
    if (texts.length === 0 && rollout === undefined && shadow === undefined && options['sticky-header'] === undefined && !options.pause && !options.resume) {
      throw new UsageError('Nothing to change was named.', `For instance: cairn endpoints set-traffic ${args.name} champion=90 4=10, or --canary 4`)
    }
    const { endpoint } = await connection.call(setServingTraffic, {
      name: args.name, ...(texts.length > 0 && { traffic: readTraffic(texts) }), ...(rollout !== undefined && { rollout }), ...(shadow !== undefined && { shadow }),
      ...(options['sticky-header'] !== undefined && { sticky_header: options['sticky-header'] }), ...pause, ...(options.reason !== undefined && { reason: options.reason }),
    })
    const tried = rolloutText(endpoint)
    return { data: endpoint, text: `Endpoint ${endpoint.name}: ${trafficText(endpoint.traffic)}.${tried === undefined ? '' : ` Tried: ${tried}.`} Back: cairn endpoints rollback ${endpoint.name}` }
  },
})
