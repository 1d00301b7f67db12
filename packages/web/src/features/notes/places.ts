import { setExperimentTag, setRunTag, tags, updateModelVersion, updateRegisteredModel } from '@cairn/protocol'
import { ApiError, type CallOptions } from '@cairn/sdk'
import { client } from '../../app/server.ts'
import type { NotePlace } from './note-session.ts'

/** What of a request a browser sends on after its page is gone may be this long in all. */
const longestLeft = 60_000

/** A session tries again itself, and says so. */
const callOf = (text: string): CallOptions => ({ retries: 0, timeoutMs: 20_000, keepalive: new TextEncoder().encode(JSON.stringify(text)).length < longestLeft })

/** Whether it was stored; false where something else stands there than what was expected. */
async function stored(call: Promise<unknown>, after: () => void): Promise<boolean> {
  try {
    await call
  } catch (error) {
    if (error instanceof ApiError && error.code === 'RESOURCE_CONFLICT') return false
    throw error
  }
  after()
  return true
}

const noteIn = (all: readonly { readonly key: string; readonly value?: string }[] | undefined): string => all?.find(({ key }) => key === tags.note)?.value ?? ''

export const runNotes = (run_id: string, after: () => void): NotePlace => ({
  read: async () => noteIn((await client.runs.get(run_id)).data.tags),
  save: (value, expected) => stored(client.call(setRunTag, { run_id, key: tags.note, value, expected }, callOf(value)), after),
})

export const experimentNotes = (experiment_id: string, after: () => void): NotePlace => ({
  read: async () => noteIn((await client.experiments.get(experiment_id)).tags),
  save: (value, expected) => stored(client.call(setExperimentTag, { experiment_id, key: tags.note, value, expected }, callOf(value)), after),
})

export const modelDescription = (name: string, after: () => void): NotePlace => ({
  read: async () => (await client.models.get(name)).description ?? '',
  save: (description, expected) => stored(client.call(updateRegisteredModel, { name, description, expected }, callOf(description)), after),
})

export const versionDescription = (name: string, version: string, after: () => void): NotePlace => ({
  read: async () => (await client.models.getVersion(name, version)).description ?? '',
  save: (description, expected) => stored(client.call(updateModelVersion, { name, version, description, expected }, callOf(description)), after),
})
