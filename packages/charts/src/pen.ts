/** What charts are drawn with: the part of a canvas's context that they use, which an SVG can be written with too. */
export interface Pen {
  strokeStyle: unknown
  fillStyle: unknown
  lineWidth: number
  lineJoin: string
  globalAlpha: number
  font: string
  textAlign: string
  textBaseline: string
  save(): void
  restore(): void
  beginPath(): void
  closePath(): void
  moveTo(x: number, y: number): void
  lineTo(x: number, y: number): void
  bezierCurveTo(ax: number, ay: number, bx: number, by: number, x: number, y: number): void
  arc(x: number, y: number, radius: number, from: number, to: number): void
  rect(x: number, y: number, width: number, height: number): void
  clip(): void
  stroke(): void
  fill(): void
  setLineDash(lengths: number[]): void
  fillText(text: string, x: number, y: number): void
  translate(x: number, y: number): void
  rotate(angle: number): void
}

/** Colours by name: custom properties of the element that the chart is in. */
export interface Theme {
  color(name: string): string
}

export const fontFamily = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif'
export const font = (size: number, weight = 400): string => `${weight} ${size}px ${fontFamily}`

/** About how wide a text is in the interface's font. Good enough for margins, and the same for canvas and SVG. */
export const textWidth = (text: string, size = 11): number => text.length * size * 0.56

/** The text, cut to a width with an ellipsis. */
export function fitText(text: string, width: number, size = 11): string {
  const most = Math.floor(width / (size * 0.56))
  return text.length <= most ? text : most < 2 ? '' : `${text.slice(0, most - 1)}…`
}

interface State extends Pick<Pen, 'strokeStyle' | 'fillStyle' | 'lineWidth' | 'lineJoin' | 'globalAlpha' | 'font' | 'textAlign' | 'textBaseline'> {
  dash: readonly number[]
  clip: string
  transform: string
}

const anchors: Readonly<Record<string, string>> = { right: 'end', center: 'middle', end: 'end' }
const shifts: Readonly<Record<string, string>> = { middle: '0.35em', top: '0.8em', bottom: '-0.2em' }

/** A pen that writes SVG. */
export class SvgPen implements Pen {
  strokeStyle: unknown = '#000'
  fillStyle: unknown = '#000'
  lineWidth = 1
  lineJoin = 'miter'
  globalAlpha = 1
  font = font(11)
  textAlign = 'left'
  textBaseline = 'alphabetic'
  dash: readonly number[] = []
  clip_ = ''
  transform = ''
  readonly #parts: string[] = []
  readonly #states: State[] = []
  #path = ''
  #clips = 0
  readonly #width: number
  readonly #height: number

  constructor(width: number, height: number) {
    this.#width = width
    this.#height = height
  }

  save(): void {
    const { strokeStyle, fillStyle, lineWidth, lineJoin, globalAlpha, font, textAlign, textBaseline, dash, clip_, transform } = this
    this.#states.push({ strokeStyle, fillStyle, lineWidth, lineJoin, globalAlpha, font, textAlign, textBaseline, dash, clip: clip_, transform })
  }

  restore(): void {
    const state = this.#states.pop()
    if (state === undefined) return
    const { clip, ...rest } = state
    Object.assign(this, rest)
    this.clip_ = clip
  }

  beginPath(): void { this.#path = '' }
  closePath(): void { this.#path += 'Z' }
  moveTo(x: number, y: number): void { this.#path += `M${digits(x)} ${digits(y)}` }
  lineTo(x: number, y: number): void { this.#path += `${this.#path === '' ? 'M' : 'L'}${digits(x)} ${digits(y)}` }
  bezierCurveTo(ax: number, ay: number, bx: number, by: number, x: number, y: number): void {
    this.#path += `C${[ax, ay, bx, by, x, y].map(digits).join(' ')}`
  }

  /** Whole circles only; what the charts draw. */
  arc(x: number, y: number, radius: number): void {
    this.#path += `M${digits(x - radius)} ${digits(y)}a${digits(radius)} ${digits(radius)} 0 1 0 ${digits(2 * radius)} 0a${digits(radius)} ${digits(radius)} 0 1 0 ${digits(-2 * radius)} 0Z`
  }

  rect(x: number, y: number, width: number, height: number): void {
    this.#path += `M${digits(x)} ${digits(y)}h${digits(width)}v${digits(height)}h${digits(-width)}Z`
  }

  clip(): void {
    this.#clips += 1
    this.clip_ = `clip-${this.#clips}`
    this.#parts.push(`<clipPath id="${this.clip_}"><path d="${this.#path}"/></clipPath>`)
  }

  stroke(): void {
    if (this.#path === '') return
    const dash = this.dash.length === 0 ? '' : ` stroke-dasharray="${this.dash.join(' ')}"`
    this.#add('path', `d="${this.#path}" fill="none" stroke="${escape(String(this.strokeStyle))}" stroke-width="${digits(this.lineWidth)}" stroke-linejoin="${this.lineJoin}"${dash}`)
  }

  fill(): void {
    if (this.#path !== '') this.#add('path', `d="${this.#path}" fill="${escape(String(this.fillStyle))}"`)
  }

  setLineDash(lengths: number[]): void { this.dash = lengths }

  fillText(text: string, x: number, y: number): void {
    const [, weight, size] = /^(\d+) ([\d.]+)px/.exec(this.font) ?? []
    this.#add('text', `x="${digits(x)}" y="${digits(y)}" dy="${shifts[this.textBaseline] ?? '0'}" font-size="${size ?? 11}" font-weight="${weight ?? 400}" text-anchor="${anchors[this.textAlign] ?? 'start'}" fill="${escape(String(this.fillStyle))}"`, escape(text))
  }

  translate(x: number, y: number): void { this.transform += `translate(${digits(x)} ${digits(y)})` }
  rotate(angle: number): void { this.transform += `rotate(${digits(angle * 180 / Math.PI)})` }

  #add(tag: string, attributes: string, content = ''): void {
    const opacity = this.globalAlpha === 1 ? '' : ` opacity="${digits(this.globalAlpha)}"`
    const clip = this.clip_ === '' ? '' : ` clip-path="url(#${this.clip_})"`
    const transform = this.transform === '' ? '' : ` transform="${this.transform}"`
    this.#parts.push(`<${tag} ${attributes}${opacity}${clip}${transform}${content === '' ? '/>' : `>${content}</${tag}>`}`)
  }

  /** The whole picture. */
  toString(): string {
    return `<svg xmlns="http://www.w3.org/2000/svg" width="${this.#width}" height="${this.#height}" viewBox="0 0 ${this.#width} ${this.#height}" font-family='${fontFamily}'>\n${this.#parts.join('\n')}\n</svg>\n`
  }
}

const digits = (value: number): string => String(Math.round(value * 100) / 100)
const escape = (text: string): string => text.replace(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`)
