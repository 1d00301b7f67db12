/** An image that `mlflow.log_image` wrote for a step. */
export interface LoggedImage {
  readonly key: string
  readonly step: number
  readonly timestamp: number
  /** From the run's root; the small one where there is one. */
  readonly path: string
  readonly full: string
}

/** `images/KEY+step+3+timestamp+1700000000000+ID.png`, and `…+compressed.webp` beside it; older clients write `%` for `+`. A `/` of the key is `~`, formerly `#`. */
const name = /^(?:.*\/)?(.+?)([+%])step\2(\d+)\2timestamp\2(\d+)\2([^+%/]+?)(\2compressed)?\.\w+$/

/** The images of a run by key, each step once (the latest), in order. */
export function imagesOf(paths: readonly string[]): Map<string, LoggedImage[]> {
  const found = new Map<string, LoggedImage>()
  for (const path of paths) {
    const match = name.exec(path)
    if (match === null) continue
    const [, raw, , step, timestamp, id, small] = match
    const key = raw!.replaceAll(/[~#]/g, '/')
    const known = found.get(`${key}\n${step!}`)
    const same = known !== undefined && known.full.includes(id!)
    if (known !== undefined && !same && known.timestamp > Number(timestamp)) continue
    const base = same ? known : { key, step: Number(step), timestamp: Number(timestamp), path, full: path }
    found.set(`${key}\n${step!}`, small === undefined ? { ...base, full: path } : { ...base, path })
  }
  const keys = new Map<string, LoggedImage[]>()
  for (const image of [...found.values()].sort((a, b) => a.step - b.step)) keys.set(image.key, [...keys.get(image.key) ?? [], image])
  return new Map([...keys].sort(([a], [b]) => a.localeCompare(b)))
}

/** The image of a step, or the last before it. */
export const imageAt = (images: readonly LoggedImage[], step: number): LoggedImage | undefined => images.findLast((image) => image.step <= step)
