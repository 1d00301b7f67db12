import { addLatency, rolloutStep, sumOfLatencies, writeLatencies } from '@cairn/protocol'
import type { CairnClient } from '@cairn/sdk'

/** An endpoint in the middle of a rollout, as two machines that serve it would tell. */
export async function makeEndpoint(client: CairnClient, runIds: readonly string[], random: () => number): Promise<void> {
  await client.models.create({ name: 'defects' })
  for (const run_id of runIds) await client.models.createVersion({ name: 'defects', source: `runs:/${run_id}/model`, run_id })
  await client.models.setAlias('defects', 'champion', '1')
  await client.endpoints.create({ name: 'line-4', model_name: 'defects', description: 'What the camera of line 4 asks.', reason: 'the new camera' })
  const { traffic, salt, rollout, revision } = await client.endpoints.setTraffic({ name: 'line-4', rollout: { version: '2', steps: [5, 20, 50], min_requests: 2000, min_seconds: 600, max_disagreement: 0.02 }, reason: 'sees scratches better' })
  const now = Date.now()
  const asked = (requests: number, typicalMs: number): Map<number, number> => {
    const took = new Map<number, number>()
    for (let one = 0; one < requests; one += 1) addLatency(took, typicalMs * Math.exp((random() + random() + random() - 1.5) * 0.9))
    return took
  }
  for (const [at, host] of ['serving-1', 'serving-2'].entries()) {
    const [old, tried] = [asked(9100 + at * 300, 7), asked(480 + at * 22, 8)]
    const recent = Array.from({ length: 30 }, (_, slot) => {
      const requests = Math.round(330 + 60 * Math.sin(slot / 4) + 40 * random())
      return { since: now - (now % 10_000) - (29 - slot) * 10_000, requests, errors: slot % 11 === 5 ? 1 : 0, took: writeLatencies(sumOfLatencies([asked(requests, 7)])) }
    })
    await client.endpoints.report({
      name: 'line-4', server_id: host, url: `http://${host}:5001`, host, software: 'cairn 0.1.0', revision, step: rolloutStep({ salt, rollout })!, seconds: 284, warm: [], recent,
      versions: [
        { version: traffic[0]!.version!, weight: 95, ready: true, requests: 9100 + at * 300, errors: 3, p99_ms: 21, took: writeLatencies(old) },
        { version: '2', weight: 5, ready: true, requests: 480 + at * 22, errors: at, p99_ms: 24, took: writeLatencies(tried), compared: 470 + at * 20, disagreed: 4 + at },
      ],
    })
  }
}
