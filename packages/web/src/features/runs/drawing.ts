/**
 * Which runs of a workspace are drawn, and in which colour: one choice for its table and its charts,
 * all of it in the address. Usually the first runs of the table are drawn; `shown` and `hidden` are
 * exceptions from that.
 */
export interface Drawing {
  /** Only those in `shown` are drawn, wherever they stand. */
  readonly only: boolean
  readonly shown: readonly string[]
  readonly hidden: readonly string[]
  /** Looks that were chosen, as places among `looks` (`ui/looks.ts`), by run; the others have the look of their id. */
  readonly colors: ReadonlyMap<string, number>
  /** So many runs of the table, from the top, are drawn when nothing else is said. */
  readonly first: number
}

export const firstRuns = [10, 20, 50, 100, 250, 500, 1000] as const
/** So many runs can be drawn at once: as many as the server tells in one answer. */
export const mostDrawn = 1000
export const usualDrawing: Drawing = { only: false, shown: [], hidden: [], colors: new Map(), first: 20 }

const names = ['hide', 'see', 'only', 'color', 'first'] as const

/** Reads the query of an address. What it does not understand counts as not said. */
export function readDrawing(query: URLSearchParams): Drawing {
  const list = (name: (typeof names)[number]): string[] => [...new Set((query.get(name) ?? '').split(',').filter((one) => one !== ''))]
  const first = Number(query.get('first') ?? usualDrawing.first)
  const colors = list('color').flatMap((text): [string, number][] => {
    const match = /^(\d{1,2})~(.+)$/.exec(text)
    return match === null ? [] : [[match[2]!, Number(match[1])]]
  })
  return {
    only: query.get('only') === '1', shown: list('see'), hidden: list('hide'), colors: new Map(colors),
    first: Number.isInteger(first) && first > 0 && first <= mostDrawn ? first : usualDrawing.first,
  }
}

/** Writes it into a query beside whatever else stands there; what is as usual is left out. */
export function writeDrawing({ only, shown, hidden, colors, first }: Drawing, query: URLSearchParams): void {
  const set = (name: (typeof names)[number], text: string): void => {
    if (text === '') query.delete(name)
    else query.set(name, text)
  }
  set('hide', hidden.join(','))
  set('see', shown.join(','))
  set('only', only ? '1' : '')
  set('color', [...colors].map(([id, place]) => `${place}~${id}`).join(','))
  set('first', first === usualDrawing.first ? '' : String(first))
}

/** Whether a run is drawn; `among` says whether it is one of the first of the table. */
export const isDrawn = ({ only, shown, hidden }: Drawing, id: string, among: boolean): boolean =>
  (only ? shown.includes(id) : !hidden.includes(id) && (among || shown.includes(id)))

/** With one run switched on or off. */
export function toggled(drawing: Drawing, id: string, among: boolean): Drawing {
  const without = (ids: readonly string[]): string[] => ids.filter((one) => one !== id)
  const on = !isDrawn(drawing, id, among)
  if (drawing.only) {
    const shown = on ? [...drawing.shown, id] : without(drawing.shown)
    // The last one that is switched off leaves nothing to look at: then the usual ones are drawn again.
    return shown.length === 0 ? { ...drawing, only: false, shown } : { ...drawing, shown }
  }
  return {
    ...drawing,
    hidden: on ? without(drawing.hidden) : among ? [...drawing.hidden, id] : drawing.hidden,
    shown: on && !among ? [...without(drawing.shown), id] : without(drawing.shown),
  }
}

/** With one run alone; asked again for the same one, with the usual ones. */
export const onlyThis = (drawing: Drawing, ids: readonly string[]): Drawing => (
  drawing.only && drawing.shown.length === ids.length && ids.every((id) => drawing.shown.includes(id))
    ? { ...drawing, only: false, shown: [], hidden: [] } : { ...drawing, only: true, shown: [...ids], hidden: [] })

/** With another look for a run, or again that of its id. */
export function recolored(drawing: Drawing, id: string, place: number | undefined): Drawing {
  const colors = new Map(drawing.colors)
  if (place === undefined) colors.delete(id)
  else colors.set(id, place)
  return { ...drawing, colors }
}

/** Whether something was chosen besides what is drawn as usual. */
export const isUsual = ({ only, shown, hidden }: Drawing): boolean => !only && shown.length === 0 && hidden.length === 0
