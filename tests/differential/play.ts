import { normalise, pick, readBody, type Plain } from './normalise.ts'
import { send, type Answer, type Server } from './servers.ts'
import type { Step, Story } from './story.ts'

export interface Played {
  readonly step: Step
  /** One for each server, in their order. */
  readonly answers: readonly Plain[]
}

/** Sends a story's requests to every server, a step at a time, each with the ids that it gave itself. */
export async function play(story: Story, servers: readonly Server[]): Promise<Played[]> {
  const saved = servers.map(() => new Map<string, string>())
  const played: Played[] = []
  for (const step of story.steps) {
    const raw = await Promise.all(servers.map((server, index) => ask(server, step, saved[index]!)))
    raw.forEach((answer, index) => {
      // These count up: what only one server made must not shift all that follow.
      const made = step.path.endsWith('experiments/create') ? { made: 'experiment_id' }
        : step.path.endsWith('model-versions/create') ? { made_version: 'model_version.version' } : {}
      for (const [name, path] of Object.entries({ ...made, ...step.save })) {
        const value = pick(readBody(answer), path)
        if (value !== undefined) saved[index]!.set(name, value)
      }
    })
    played.push({ step, answers: raw.map((answer, index) => normalise(answer, saved[index]!, servers[index]!.url)) })
  }
  return played
}

async function ask(server: Server, step: Step, saved: ReadonlyMap<string, string>): Promise<Answer> {
  const fill = (text: string) => text.replaceAll(/<(\w+)>/g, (whole, name: string) => saved.get(name) ?? whole)
  const query = Object.entries(step.query ?? {}).flatMap(([name, value]) =>
    [value].flat().map(one => `${encodeURIComponent(name)}=${encodeURIComponent(fill(String(one)))}`)).join('&')
  const path = fill(step.path.startsWith('/') ? step.path : `/api/2.0/mlflow/${step.path}`)
  const body = step.text ?? (step.json === undefined ? undefined : JSON.stringify(step.json))
  return send(server.url, {
    method: step.method,
    path: query === '' ? path : `${path}?${query}`,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...step.headers },
    ...(body !== undefined && { body: fill(body) }),
  })
}

/** A step in one line, for reports. */
export function inWords({ method, path, query, json, text, note, headers }: Step): string {
  const sent = text ?? (json === undefined ? '' : JSON.stringify(json))
  const asked = query && Object.keys(query).length > 0 ? ` ?${JSON.stringify(query)}` : ''
  const told = headers ? ` ${JSON.stringify(headers)}` : ''
  return `${method} ${path}${asked}${told} ${sent.length > 300 ? `${sent.slice(0, 300)}… (${sent.length})` : sent}${note ? `   [${note}]` : ''}`
}
