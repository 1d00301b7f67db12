/**
 * What the server counts about itself, in the text format of Prometheus
 * (https://prometheus.io/docs/instrumenting/exposition_formats/, version 0.0.4). Counting happens on
 * the hottest paths, so that a series is found once and then is a few additions.
 */

export type Labels = Readonly<Record<string, string>>

export interface Counter {
  add(amount?: number): void
}

export interface Histogram {
  /** In the unit of its bounds: seconds, or numbers of things. */
  observe(value: number): void
}

interface Family {
  readonly name: string
  readonly help: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  lines(): Iterable<string>
}

/** Seconds, from half a millisecond to ten seconds. */
export const durations: readonly number[] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10]
export const sizes: readonly number[] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]

export class Telemetry {
  readonly #families = new Map<string, Family>()

  /** A family of counters; `labels` make one of them. */
  counter(name: string, help: string): (labels?: Labels) => Counter {
    const series = new Map<string, { value: number }>()
    this.#add({ name, help, type: 'counter', *lines() { for (const [labels, { value }] of series) yield `${name}${labels} ${value}` } })
    return (labels = {}) => {
      const one = of(series, labels, () => ({ value: 0 }))
      return { add(amount = 1) { one.value += amount } }
    }
  }

  histogram(name: string, help: string, bounds: readonly number[]): (labels?: Labels) => Histogram {
    const series = new Map<string, { labels: Labels; counts: number[]; sum: number }>()
    this.#add({
      name, help, type: 'histogram',
      *lines() {
        for (const { labels, counts, sum } of series.values()) {
          let below = 0
          for (const [index, bound] of bounds.entries()) yield `${name}_bucket${text({ ...labels, le: String(bound) })} ${below += counts[index]!}`
          const all = below + counts[bounds.length]!
          yield `${name}_bucket${text({ ...labels, le: '+Inf' })} ${all}`
          yield `${name}_sum${text(labels)} ${sum}`
          yield `${name}_count${text(labels)} ${all}`
        }
      },
    })
    return (labels = {}) => {
      const one = of(series, labels, () => ({ labels, counts: Array.from({ length: bounds.length + 1 }, () => 0), sum: 0 }))
      return {
        observe(value) {
          let index = 0
          while (index < bounds.length && value > bounds[index]!) index += 1
          one.counts[index]! += 1
          one.sum += value
        },
      }
    }
  }

  /** A count that somebody else keeps, and that is asked for when somebody reads. */
  total(name: string, help: string, read: () => number): void {
    this.#add({ name, help, type: 'counter', *lines() { yield `${name} ${read()}` } })
  }

  /** A value that is asked for when somebody reads. */
  gauge(name: string, help: string, read: () => number, labels: Labels = {}): void {
    this.#add({ name, help, type: 'gauge', *lines() { yield `${name}${text(labels)} ${read()}` } })
  }

  /** Values of several things, each by its labels, that are asked for when somebody reads. */
  gauges(name: string, help: string, read: () => Iterable<readonly [labels: Labels, value: number]>): void {
    this.#add({ name, help, type: 'gauge', *lines() { for (const [labels, value] of read()) yield `${name}${text(labels)} ${value}` } })
  }

  /** All of it, as Prometheus reads it. */
  expose(): string {
    let all = ''
    for (const { name, help, type, lines } of this.#families.values()) {
      all += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`
      for (const line of lines()) all += `${line}\n`
    }
    return all
  }

  #add(family: Family): void {
    if (this.#families.has(family.name)) throw new Error(`Two families are called ${family.name}.`)
    this.#families.set(family.name, family)
  }
}

function of<T>(series: Map<string, T>, labels: Labels, make: () => T): T {
  const key = text(labels)
  let one = series.get(key)
  if (one === undefined) series.set(key, one = make())
  return one
}

function text(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/["\\\n]/g, (found) => (found === '\n' ? '\\n' : `\\${found}`))}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}
