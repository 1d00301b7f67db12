/*
 * What a program does with the SDK, the same in every runtime: plain JavaScript, of which the whole
 * file is also served to a browser. Answers what it saw, as JSON can carry it.
 */
export async function exercise({ ApiError, CairnClient, fluent, isNotFound }, url, name) {
  const client = new CairnClient({ url, retries: 2, backoffMs: 50 })
  const { setExperiment, startRun, logMetric, logParams, setTag, logText, endRun } = fluent(client)
  const experimentId = await setExperiment(`sdk in ${name}`)
  const run = await startRun({ runName: name })

  const heard = []
  const stop = new AbortController()
  let connected
  const open = new Promise((resolve) => { connected = resolve })
  const listening = (async () => {
    for await (const message of client.live({ experimentIds: [experimentId], signal: stop.signal })) {
      if (message.type === 'connected') connected()
      if (message.type === 'points') heard.push(...message.data.points.map(({ value }) => value))
      if (heard.length >= 3) return
    }
  })()
  await open

  for (let step = 0; step < 3; step += 1) logMetric('loss', 1 / (step + 1), { step })
  logParams({ lr: 0.1, big: 9007199254740993n })
  setTag('where', name)
  await logText('notes/read.me', 'grüße')
  await client.artifacts.upload(run.id, 'notes/bytes.bin', new Uint8Array([0, 1, 254, 255]))
  await endRun()
  await listening
  stop.abort()

  const { info, data } = await client.runs.get(run.id)
  const bytes = new Uint8Array(await (await client.artifacts.download(run.id, 'notes/bytes.bin')).arrayBuffer())
  const [line] = await client.metrics.series({ run_ids: [run.id], keys: ['loss'], buckets: 100 })
  const found = []
  for await (const one of client.runs.search({ experiment_ids: [experimentId], filter: 'metrics.loss < 0.5', max_results: 1 })) found.push(one.info.run_id === run.id)

  await client.models.create({ name: `model of ${name}` })
  const { version } = await client.models.createVersion({ name: `model of ${name}`, source: `runs:/${run.id}/notes`, run_id: run.id })
  await client.models.setAlias(`model of ${name}`, 'champion', version)
  let refused
  try {
    await client.models.getVersion(`model of ${name}`, '99')
  } catch (error) {
    refused = [error instanceof ApiError, isNotFound(error), error.code]
  }
  return {
    status: info.status, metric: data.metrics[0].step, params: data.params.toSorted((a, b) => (a.key < b.key ? -1 : 1)), where: data.tags.find(({ key }) => key === 'where').value, heard,
    files: (await client.artifacts.list(run.id, 'notes')).map(({ path, file_size: size }) => [path, Number(size)]),
    text: await (await client.artifacts.download(run.id, 'notes/read.me')).text(), bytes: [...bytes], points: line.count, found,
    champion: (await client.models.getVersionByAlias(`model of ${name}`, 'champion')).version, refused,
  }
}

/** What `exercise` must see under that name. */
export const expected = (name) => ({
  status: 'FINISHED', metric: 2, params: [{ key: 'big', value: '9007199254740993' }, { key: 'lr', value: '0.1' }], where: name, heard: [1, 0.5, 1 / 3],
  files: [['notes/bytes.bin', 4], ['notes/read.me', 7]], text: 'grüße', bytes: [0, 1, 254, 255], points: 3, found: [true], champion: '1',
  refused: [true, true, 'RESOURCE_DOES_NOT_EXIST'],
})
