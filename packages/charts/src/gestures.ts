import { pinched, zoomed, type Range, type Scale } from './scale.ts'

/** What an axis lets itself be done to. All places are values of the axis. */
export interface AxisActions {
  /** The scale as it is drawn, and all that there is of the axis. */
  scale(): Scale
  whole(): Range
  /** The part that is to be shown; undefined for all. `done` is false while fingers still move. */
  zoom(range: Range | undefined, done: boolean): void
  cursor(at: number | undefined): void
  cursorAt(): number | undefined
  /** The next place that has a point, `by` points further. */
  next(at: number | undefined, by: number): number | undefined
  select(range: Range | undefined): void
  /** Keeps the cursor where it is, or lets it go. */
  pin(): void
  escape(): void
}

const leastDrag = 5
const keyZoom = 0.6

/**
 * Mouse, pen, fingers and keys on one element, for the x axis of a chart: a pointer moves the cursor,
 * dragging selects a part, a double click shows all again, two fingers or Ctrl and the wheel zoom;
 * arrow keys move the cursor (ten points with Shift), Home and End, + and - zoom, Space keeps the
 * cursor, Escape lets go. Answers how to end it.
 */
export function listenToGestures(element: HTMLElement, actions: AxisActions): () => void {
  const fingers = new Map<number, number>()
  let pressed: number | undefined
  let pinch: { readonly at: Range; readonly shown: Range } | undefined
  let moved: Range | undefined
  const pixelOf = (event: { clientX: number }): number => event.clientX - element.getBoundingClientRect().left
  const valueAt = (pixel: number): number => {
    const { range } = actions.scale()
    return actions.scale().invert(Math.min(range[1], Math.max(range[0], pixel)))
  }
  const ordered = (a: number, b: number): Range => (a < b ? [a, b] : [b, a])

  const down = (event: PointerEvent): void => {
    if (event.pointerType === 'touch') {
      fingers.set(event.pointerId, pixelOf(event))
      if (fingers.size === 2) {
        const [first, second] = [...fingers.values()]
        pinch = { at: ordered(valueAt(first!), valueAt(second!)), shown: actions.scale().domain }
        actions.cursor(undefined)
      } else if (fingers.size === 1) actions.cursor(valueAt(pixelOf(event)))
    } else if (event.button === 0) pressed = pixelOf(event)
    element.setPointerCapture(event.pointerId)
  }
  const move = (event: PointerEvent): void => {
    const at = pixelOf(event)
    if (event.pointerType === 'touch') {
      if (!fingers.has(event.pointerId)) return
      fingers.set(event.pointerId, at)
      if (pinch === undefined) return actions.cursor(valueAt(at))
      const [left, right] = actions.scale().range
      const parts = [...fingers.values()].map((pixel) => (pixel - left) / (right - left))
      const wanted = pinched(pinch.at, ordered(parts[0]!, parts[1]!))
      if (wanted === undefined) return
      const whole = actions.whole()
      moved = [Math.max(whole[0], wanted[0]), Math.min(whole[1], wanted[1])]
      actions.zoom(moved, false)
      return
    }
    actions.cursor(valueAt(at))
    if (pressed !== undefined && Math.abs(at - pressed) >= leastDrag) actions.select(ordered(valueAt(pressed), valueAt(at)))
  }
  const up = (event: PointerEvent): void => {
    if (event.pointerType === 'touch') {
      fingers.delete(event.pointerId)
      if (pinch === undefined || fingers.size > 0) return
      pinch = undefined
      const whole = actions.whole()
      if (moved !== undefined) actions.zoom(moved[0] <= whole[0] && moved[1] >= whole[1] ? undefined : moved, true)
      moved = undefined
      return
    }
    const from = pressed
    pressed = undefined
    actions.select(undefined)
    if (from !== undefined && Math.abs(pixelOf(event) - from) >= leastDrag) actions.zoom(ordered(valueAt(from), valueAt(pixelOf(event))), true)
  }
  const cancel = (event: PointerEvent): void => {
    fingers.delete(event.pointerId)
    pinch = pressed = undefined
    actions.select(undefined)
  }
  const leave = (event: PointerEvent): void => { if (event.pointerType !== 'touch' && pressed === undefined) actions.cursor(undefined) }
  const wheel = (event: WheelEvent): void => {
    // A trackpad's pinch comes as a wheel with Ctrl; without it the page scrolls.
    if (!event.ctrlKey) return
    event.preventDefault()
    actions.zoom(zoomed(actions.scale().domain, valueAt(pixelOf(event)), Math.exp(event.deltaY / 100), actions.whole()), true)
  }
  const key = (event: KeyboardEvent): void => {
    if (event.target !== element || event.ctrlKey || event.metaKey || event.altKey) return
    const { domain } = actions.scale()
    const at = actions.cursorAt()
    const around = at ?? (domain[0] + domain[1]) / 2
    const by = event.shiftKey ? 10 : 1
    switch (event.key) {
      case 'ArrowRight': actions.cursor(actions.next(at, by)); break
      case 'ArrowLeft': actions.cursor(actions.next(at, -by)); break
      case 'Home': actions.cursor(actions.next(undefined, 1)); break
      case 'End': actions.cursor(actions.next(undefined, -1)); break
      case '+': case '=': actions.zoom(zoomed(domain, around, keyZoom, actions.whole()), true); break
      case '-': case '_': actions.zoom(zoomed(domain, around, 1 / keyZoom, actions.whole()), true); break
      case ' ': actions.pin(); break
      case 'Escape': actions.escape(); return
      default: return
    }
    event.preventDefault()
  }
  const all = (): void => actions.zoom(undefined, true)
  const blur = (): void => actions.cursor(undefined)

  element.style.touchAction = 'pan-y'
  const listeners = [
    ['pointerdown', down], ['pointermove', move], ['pointerup', up], ['pointercancel', cancel], ['pointerleave', leave], ['dblclick', all], ['keydown', key], ['blur', blur],
  ] as const
  for (const [type, listener] of listeners) element.addEventListener(type, listener as EventListener)
  element.addEventListener('wheel', wheel, { passive: false })
  return () => {
    for (const [type, listener] of listeners) element.removeEventListener(type, listener as EventListener)
    element.removeEventListener('wheel', wheel)
  }
}
