import { rolloutStep, stepPolicy, type ServingEndpoint, type StepPolicy } from '@cairn/protocol'

/** What a process that serves an endpoint has to do, of the endpoint's record. */
export interface Wanted {
  readonly model: string
  readonly revision: number
  /** Percents that make 100, each version once. */
  readonly shares: readonly { readonly version: string; readonly percent: number }[]
  readonly salt: string
  /** `step` is its name, the same at every process. */
  readonly trial: { readonly version: string; readonly policy: StepPolicy; readonly step: string } | undefined
  readonly shadow: { readonly version: string; readonly sample: number } | undefined
  readonly stickyHeader: string | undefined
}

/** Of a target whose alias or version is gone, the others get the share. */
export function wantedOf({ model_name, revision, traffic, salt, rollout, shadow, sticky_header }: ServingEndpoint): Wanted {
  const resolved = traffic.filter(({ version }) => version !== undefined)
  // Somebody gave the version that is tried everything by hand: there is nothing to try any more.
  const tried = rollout !== undefined && resolved.some(({ version }) => version !== rollout.version) ? rollout : undefined
  const step = tried?.steps[tried.step] ?? 0
  const there = traffic.flatMap(({ version, weight }) => (version === undefined || version === tried?.version ? [] : [{ version, weight }]))
  const sum = there.reduce((total, { weight }) => total + weight, 0)
  const shares = new Map<string, number>()
  for (const { version, weight } of there) {
    // Nobody is left but those who should get nothing: they share.
    const share = sum === 0 ? 1 / there.length : weight / sum
    shares.set(version, (shares.get(version) ?? 0) + share * (100 - step))
  }
  if (tried !== undefined) shares.set(tried.version, step)
  return {
    model: model_name, revision: Number(revision), salt,
    shares: [...shares].map(([version, percent]) => ({ version, percent })),
    trial: tried && { version: tried.version, step: rolloutStep({ salt, rollout: tried })!, policy: stepPolicy(tried) },
    shadow: shadow?.version === undefined ? undefined : { version: shadow.version, sample: shadow.sample },
    stickyHeader: sticky_header,
  }
}

export const versionsOf = ({ shares, shadow }: Wanted): string[] => [...new Set([...shares.map(({ version }) => version), ...(shadow === undefined ? [] : [shadow.version])])]
