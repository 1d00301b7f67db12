import type { RolloutPlan, ShadowTarget, TrafficTarget } from '@cairn/protocol'
import type { OptionSpec } from '../framework/command.ts'
import { UsageError } from '../framework/errors.ts'

export const reason = { kind: 'text', value: 'TEXT', summary: 'Why; the audit keeps it.' } as const satisfies OptionSpec

/** A version by its number, else an alias (with or without @ before it). */
function target(text: string): { version: string } | { alias: string } {
  if (/^\d+$/.test(text)) return { version: text }
  const alias = text.replace(/^@/, '')
  if (alias === '' || alias.includes('=')) throw new UsageError(`"${text}" is no version and no alias.`, 'For instance 3, or champion.')
  return { alias }
}

function shareOf(text: string, usage: string): { name: string; share: number | undefined } {
  const [, name, share] = /^([^=]+)(?:=([\d.]+)%?)?$/.exec(text) ?? []
  if (name === undefined || (share !== undefined && !Number.isFinite(Number(share)))) throw new UsageError(`"${text}" is not understood.`, usage)
  return { name, share: share === undefined ? undefined : Number(share) }
}

/** `champion=90 4=10`; a single one without a percent gets all. */
export function readTraffic(texts: readonly string[]): TrafficTarget[] {
  const usage = 'Write each as VERSION=PERCENT or ALIAS=PERCENT: champion=90 4=10'
  return texts.map((text) => {
    const { name, share } = shareOf(text, usage)
    if (share === undefined && texts.length > 1) throw new UsageError(`"${text}" does not say its percent.`, usage)
    return { ...target(name), weight: share ?? 100 }
  })
}

/** `5=0.1`: a tenth of the requests; `5` alone: all; `none`: nobody is asked any more. */
export function readShadow(text: string): ShadowTarget {
  if (text === 'none') return { sample: 0 }
  const { name, share } = shareOf(text, 'Write VERSION=SHARE, the share from 0 to 1: --shadow 5=0.1')
  return { ...target(name), sample: share ?? 1 }
}

export const shadowOption = { kind: 'text', value: 'VERSION=SHARE', topic: 'Traffic', summary: 'Ask this version too (a number or an alias), with this share of the requests, 0 to 1; answers are compared and dropped. none ends it.' } as const satisfies OptionSpec
export const stickyOption = { kind: 'text', value: 'NAME', topic: 'Traffic', summary: 'Requests with the same value of this header stay with one version.' } as const satisfies OptionSpec

export const pauseOption = { kind: 'boolean', topic: 'Rollout', summary: 'Keep the version that is tried at its present share: no step passes. If it fails it is taken back all the same.' } as const satisfies OptionSpec
export const resumeOption = { kind: 'boolean', topic: 'Rollout', summary: 'Let the steps go on.' } as const satisfies OptionSpec

export const rolloutOptions = {
  canary: { kind: 'text', value: 'VERSION', topic: 'Rollout', summary: 'Try this version (a number or an alias) on growing shares; it is promoted or taken back by itself.' },
  steps: { kind: 'text', value: 'PERCENTS', topic: 'Rollout', shown: '10,50', summary: 'The shares that it gets one after the other.' },
  'min-requests': { kind: 'integer', value: 'N', topic: 'Rollout', shown: '100', summary: 'Requests that it must have answered in each step, at all processes together.' },
  'min-seconds': { kind: 'text', value: 'N', topic: 'Rollout', shown: '30', summary: 'How long each step lasts at least.' },
  'max-error-increase': { kind: 'text', value: 'SHARE', topic: 'Rollout', shown: '0.01', summary: 'How far its share of errors may be above the others’.' },
  'max-p99-ratio': { kind: 'text', value: 'TIMES', topic: 'Rollout', shown: '3', summary: 'How many times the others’ p99 its own may be.' },
  'max-disagreement': { kind: 'text', value: 'SHARE', topic: 'Rollout', summary: 'The share of answers that may differ from the others’; without it they are not compared.' },
  tolerance: { kind: 'text', value: 'SHARE', topic: 'Rollout', shown: '1e-6', summary: 'Numbers that differ by less count as the same answer.' },
} as const satisfies Record<string, OptionSpec>

type RolloutOptions = { readonly [K in keyof typeof rolloutOptions]: (K extends 'min-requests' ? number : string) | undefined }

/** Undefined where no version is to be tried. */
export function readRollout(options: RolloutOptions): RolloutPlan | undefined {
  const number = (name: Exclude<keyof RolloutOptions, 'canary' | 'steps' | 'min-requests'>): number | undefined => {
    const text = options[name]
    if (text === undefined) return undefined
    if (text.trim() === '' || !Number.isFinite(Number(text))) throw new UsageError(`--${name} is ${text}, which is no number.`)
    return Number(text)
  }
  const values = {
    min_requests: options['min-requests'], min_seconds: number('min-seconds'), max_error_increase: number('max-error-increase'), max_p99_ratio: number('max-p99-ratio'),
    max_disagreement: number('max-disagreement'), tolerance: number('tolerance'), steps: options.steps === undefined ? undefined : options.steps.split(',').map(Number),
  }
  const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined))
  if (options.canary === undefined) {
    if (Object.keys(given).length > 0) throw new UsageError('These options concern a version that is tried, and none was named.', 'Name it: --canary 4')
    return undefined
  }
  if (values.steps?.some((step) => !Number.isFinite(step)) === true) throw new UsageError(`--steps is ${options.steps}.`, 'Percents that grow: --steps 5,25,50')
  return { ...target(options.canary), ...given }
}
