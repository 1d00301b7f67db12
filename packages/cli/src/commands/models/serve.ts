import { once } from 'node:events'
import { basename, resolve } from 'node:path'
import { loadModel, parseModelUri, RequestLog, startScoringServer, type ServedModel } from '@cairn/serving'
import { defineCommand } from '../../framework/command.ts'
import { UserError } from '../../framework/errors.ts'
import { clientOptions } from '../../client/connection.ts'
import { endpointFor, recordedEndpoint } from '../../serving/endpoint.ts'
import { fetchForCommand, loadOptions, pythonOptions, uriSummary } from '../../serving/model.ts'

export const command = defineCommand({
  summary: 'Answer over HTTP with one or several models.',
  details: 'Speaks MLflow’s scoring protocol (POST /invocations, and /models/NAME/invocations for each) and the Open Inference Protocol (/v2). XGBoost and LightGBM models are evaluated here; all others in workers of their own Python environment. GET /docs shows what can be asked.',
  args: {},
  options: {
    'model-uri': { kind: 'list', short: 'm', value: '[NAME=]URI', summary: `${uriSummary} Several, or several times, for several models.` },
    endpoint: { kind: 'text', short: 'e', value: 'NAME', summary: 'Serve this endpoint of the tracking server instead, and go where it goes; see cairn endpoints.' },
    host: { kind: 'text', short: 'h', env: 'MLFLOW_HOST', default: '127.0.0.1', summary: 'The address to listen on.' },
    port: { kind: 'integer', short: 'p', env: 'MLFLOW_PORT', default: 5000, summary: 'The port to listen on; 0 takes a free one.' },
    timeout: { kind: 'integer', short: 't', value: 'SECONDS', env: 'MLFLOW_SCORING_SERVER_REQUEST_TIMEOUT', default: 60, summary: 'How long a request may take.' },
    workers: { kind: 'integer', short: 'w', env: 'MLFLOW_MODELS_WORKERS', default: 1, summary: 'Python processes for each model.' },
    devices: { kind: 'text', value: 'CARDS', topic: 'Load', summary: 'Graphics cards for the Python processes, one each in turn: 0,1 (CUDA_VISIBLE_DEVICES of each).' },
    'max-batch-rows': { kind: 'integer', value: 'N', default: 256, topic: 'Load', summary: 'Rows that one call of a Python model answers; 1 never answers two requests at once.' },
    'max-queue': { kind: 'integer', value: 'N', default: 1024, topic: 'Load', summary: 'Requests that may wait for a model; more are told to come again (429).' },
    'max-memory-mb': { kind: 'integer', value: 'MB', topic: 'Load', summary: 'A Python process that uses more is replaced.' },
    'cors-origin': { kind: 'list', value: 'ORIGIN', summary: 'A web page’s origin that may ask from the browser; * for all.' },
    'log-requests': { kind: 'text', value: 'PATH', topic: 'Logs', summary: 'Keep requests and answers: in this file, a JSON object a line, or for Parquet in this folder.' },
    'log-format': { kind: 'text', choices: ['jsonl', 'parquet'], default: 'jsonl', topic: 'Logs', summary: 'How they are kept there.' },
    'log-rotate-mb': { kind: 'integer', value: 'MB', default: 64, topic: 'Logs', summary: 'Begin another file after so many megabytes.' },
    'log-rotate-seconds': { kind: 'integer', value: 'SECONDS', shown: '60 for Parquet', topic: 'Logs', summary: 'And after so long.' },
    'log-sample': { kind: 'text', value: 'SHARE', default: '1', topic: 'Logs', summary: 'The share of requests that is kept there, 0 to 1.' },
    'access-log': { kind: 'boolean', topic: 'Logs', summary: 'Write a line for each request, as JSON.' },
    follow: { kind: 'boolean', topic: 'Rollout', summary: 'Go where the alias goes: a new version is made ready beside the old one and takes over between two requests.' },
    'canary-alias': { kind: 'text', value: 'ALIAS', topic: 'Rollout', summary: 'With --follow, try the version of this alias on a share of the traffic; it is promoted or taken back by itself.' },
    'canary-steps': { kind: 'text', value: 'PERCENTS', default: '10,50', topic: 'Rollout', summary: 'The shares that it gets one after the other.' },
    'canary-requests': { kind: 'integer', value: 'N', default: 100, topic: 'Rollout', summary: 'Requests that it must have answered in each step.' },
    'canary-seconds': { kind: 'integer', value: 'N', default: 30, topic: 'Rollout', summary: 'How long each step lasts at least.' },
    'sticky-header': { kind: 'text', value: 'NAME', default: 'x-sticky-key', topic: 'Rollout', summary: 'Requests with the same value of this header stay with one version.' },
    'keep-warm': { kind: 'integer', value: 'SECONDS', default: 600, topic: 'Rollout', summary: 'How long a replaced version stays ready, for going back at once.' },
    shadow: { kind: 'text', value: 'URI', topic: 'Rollout', summary: 'Ask this model too, compare the answers and drop them.' },
    'shadow-sample': { kind: 'text', value: 'SHARE', default: '1', topic: 'Rollout', summary: 'The share of requests that it gets, 0 to 1.' },
    'watch-inputs': { kind: 'boolean', negatable: true, topic: 'Load', summary: 'Count what an endpoint is asked, to see it drift; done unless --no-watch-inputs is given.' },
    ...pythonOptions,
    ...clientOptions,
  },
  examples: [
    ['models serve -m models:/churn@champion', 'on http://127.0.0.1:5000'],
    ['models serve -m models:/churn/3 -p 0 -w 2 --env-manager local', 'two processes of the Python that is here'],
    ['models serve -m models:/churn@champion --follow --canary-alias challenger', 'goes where champion goes, and tries what challenger points at'],
    ['models serve --endpoint churn-live', 'what the endpoint says, as soon as it says so'],
    ['models serve -m old=models:/churn/1,new=models:/churn/2', 'two models in one server'],
  ],
  run: async ({ options, given, json, io, style }) => {
    const wanted = options['model-uri'].flatMap((text) => text.split(',')).filter((text) => text !== '').map((text) => named(text, io.cwd))
    const recorded = options.endpoint
    if (wanted.length === 0 && recorded === undefined) throw new UserError('No model was named.', 'Write cairn models serve -m models:/churn@champion, or --endpoint NAME', 2)
    if (recorded !== undefined && (wanted.length > 0 || options.follow || options.shadow !== undefined || options['canary-alias'] !== undefined)) {
      throw new UserError('An endpoint says itself what is served.', `Leave out --model-uri, --follow, --canary-alias and --shadow, and write cairn endpoints set-traffic ${recorded} …`, 2)
    }
    const twice = wanted.find(({ name }, at) => wanted.findIndex((other) => other.name === name) !== at)
    if (twice !== undefined) throw new UserError(`Two models would be called "${twice.name}".`, `Name them: -m a=${wanted[0]!.uri},b=${twice.uri}`, 2)
    const sample = Number(options['log-sample'])
    if (!(sample >= 0 && sample <= 1)) throw new UserError(`--log-sample is ${options['log-sample']}, and must be from 0 to 1.`, 'A tenth of all requests: --log-sample 0.1', 2)

    const load = async (name: string, uri: string): Promise<ServedModel> => loadModel(name, await fetchForCommand(uri, io, options['tracking-uri']), {
      ...loadOptions(options, io), workers: Math.max(1, options.workers), devices: options.devices?.split(',').map((text) => text.trim()).filter((text) => text !== ''), maxQueue: options['max-queue'], maxBatchRows: options['max-batch-rows'], deadlineMs: options.timeout * 1000,
      memoryLimitBytes: options['max-memory-mb'] === undefined ? undefined : options['max-memory-mb'] * 1024 * 1024, say: (line) => io.warn(`${line}\n`),
    })
    for (const name of ['log-rotate-mb', 'log-rotate-seconds'] as const) {
      const value = options[name]
      if (value !== undefined && value < 1) throw new UserError(`--${name} is ${value}, and must be at least 1.`, undefined, 2)
    }
    const log = (entry: Readonly<Record<string, unknown>>): void => { if (options['access-log'] || entry['event'] !== 'request') io.warn(`${JSON.stringify(entry)}\n`) }
    await using models = new AsyncDisposableStack()
    const served: ServedModel[] = []
    const endpoint = recorded === undefined ? undefined : await recordedEndpoint({ name: recorded, load, log, options, watchInputs: options['watch-inputs'] || !given.has('watch-inputs'), io })
    if (endpoint !== undefined) served.push(models.use(endpoint.endpoint))
    for (const { name, uri } of wanted) {
      const model = await load(name, uri)
      served.push(models.use(options.follow || options.shadow !== undefined ? await endpointFor({ name, uri, model, load, log, options, io }) : model))
    }
    const path = options['log-requests']
    const requestLog = path === undefined ? undefined : new RequestLog({
      path: resolve(io.cwd, path), format: options['log-format'], sample, maxBytes: options['log-rotate-mb'] * 1024 * 1024,
      maxSeconds: options['log-rotate-seconds'] ?? (options['log-format'] === 'parquet' ? 60 : undefined),
      onError: (error) => io.warn(`${style.yellow('cairn:')} requests are not logged: ${error.message}\n`),
    })
    await using server = await startScoringServer(served, {
      host: options.host, port: options.port, corsOrigins: options['cors-origin'], stickyHeader: options['sticky-header'], requestLog, log,
    })
    const facts = { event: 'listening', url: server.url, port: server.port, pid: process.pid, models: served.map(({ name, version, uri, engine }) => ({ name, version, uri, engine })) }
    const lines = served.map(({ name, uri, version, engine }) => `  ${name}${version === '' ? '' : ` version ${version}`} (${uri}), answered by ${engine === 'trees' ? 'Cairn' : engine === 'onnx' ? 'ONNX Runtime' : 'Python'}`)
    io.write(json ? `${JSON.stringify(facts)}\n` : `${style.bold('Models are answered at')} ${server.url}/invocations\n${lines.join('\n')}\n`)
    const following = endpoint?.follow(server.url, io.signal)
    if (!io.signal.aborted) await once(io.signal, 'abort')
    if (!json) io.warn('cairn: stopping; requests under way are answered first.\n')
    await following
  },
})

/** `NAME=URI`, or a name taken from the URI: the registered model's, else the last part. */
function named(text: string, cwd: string): { name: string; uri: string } {
  const given = /^([\w.-]+)=(.+)$/.exec(text)
  if (given !== null) return { name: given[1]!, uri: given[2]! }
  const reference = parseModelUri(text, cwd)
  const name = 'name' in reference ? reference.name : reference.kind === 'logged-model' ? reference.modelId : basename(reference.path)
  return { name: name.replace(/[^\w.-]/g, '_'), uri: text }
}
