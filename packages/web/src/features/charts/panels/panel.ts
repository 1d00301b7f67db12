import { words } from './words.ts'

/** Charts over the fields of all runs. */
export const runKinds = ['scatter', 'parallel', 'bar', 'box', 'violin', 'histogram', 'contour', 'importance'] as const
/** What is drawn from files of the drawn runs. */
export const fileKinds = ['confusion', 'roc', 'pr', 'images', 'table', 'text'] as const
/** What a panel can show. */
export const panelKinds = [...runKinds, ...fileKinds] as const
export type RunKind = (typeof runKinds)[number]
export type PanelKind = (typeof panelKinds)[number]
export const isFileKind = (kind: PanelKind): boolean => fileKinds.some((one) => one === kind)

/** A panel of one's own: its kind, and what stands for what in it (`x` for `metrics.auc`), several times where it may. */
export interface Panel {
  /** Short, and no other of the page's has it. */
  readonly id: string
  readonly kind: PanelKind
  readonly roles: readonly (readonly [role: string, value: string])[]
}

export interface RoleSpec {
  readonly role: string
  readonly label: string
  readonly needed?: boolean
  /** Fields of these kinds; numbers for what is drawn along an axis that words make no sense on. Or paths of files, short words, and a long text. */
  readonly fields: 'any' | 'numbers' | 'groups' | 'files' | 'words' | 'text'
  readonly several?: boolean
  /** Files of such names are proposed first. */
  readonly like?: RegExp
}

export interface KindSpec {
  readonly name: string
  readonly what: string
  readonly roles: readonly RoleSpec[]
  /** Things that are on or off, by role; `y` as a value of `log` for instance. */
  readonly switches?: readonly (readonly [role: string, value: string, label: string])[]
}

const logs = (...axes: readonly (readonly [string, string])[]): KindSpec['switches'] => axes.map(([axis, label]) => ['log', axis, words.logarithmic(label)] as const)

export const kindSpecs: Readonly<Record<PanelKind, KindSpec>> = {
  scatter: {
    name: words.scatter, what: words.eachRunAsADot, switches: logs(['x', 'x'], ['y', 'y']),
    roles: [{ role: 'x', label: 'X', needed: true, fields: 'any' }, { role: 'y', label: 'Y', needed: true, fields: 'any' }, { role: 'color', label: words.colour, fields: 'any' }, { role: 'size', label: words.size, fields: 'numbers' }],
  },
  parallel: {
    name: words.parallelCoordinates, what: words.eachRunAsALine,
    roles: [{ role: 'axis', label: words.axes, needed: true, fields: 'any', several: true }, { role: 'color', label: words.colour, fields: 'any' }],
  },
  bar: {
    name: words.bars, what: words.theMeanOfAField,
    roles: [{ role: 'y', label: words.meanOf, fields: 'numbers' }, { role: 'by', label: words.forEach, needed: true, fields: 'groups' }],
  },
  box: {
    name: words.boxes, what: words.medianQuartilesAndOutliersOf, switches: logs(['y', 'values']),
    roles: [{ role: 'y', label: words.values, needed: true, fields: 'numbers' }, { role: 'by', label: words.forEach, fields: 'groups' }],
  },
  violin: {
    name: words.violins, what: words.howAFieldIsSpread, switches: logs(['y', 'values']),
    roles: [{ role: 'y', label: words.values, needed: true, fields: 'numbers' }, { role: 'by', label: words.forEach, fields: 'groups' }],
  },
  histogram: {
    name: words.histogram, what: words.howManyRunsHaveWhich,
    roles: [{ role: 'x', label: words.values, needed: true, fields: 'any' }, { role: 'by', label: words.stackedBy, fields: 'groups' }],
  },
  contour: {
    name: words.contour, what: words.aFieldAsHeightsOver, switches: logs(['x', 'x'], ['y', 'y']),
    roles: [{ role: 'x', label: 'X', needed: true, fields: 'numbers' }, { role: 'y', label: 'Y', needed: true, fields: 'numbers' }, { role: 'z', label: words.heights, needed: true, fields: 'numbers' }],
  },
  importance: {
    name: words.parameterImportance, what: words.howMuchEachParamSays,
    roles: [{ role: 'y', label: words.ofTheMetric, needed: true, fields: 'numbers' }, { role: 'field', label: words.params, fields: 'any', several: true }],
  },
  confusion: {
    name: words.confusionMatrix, what: words.whatWasPredictedForWhat, switches: [['rows', 'parts', words.partsOfEachRow]],
    roles: [{ role: 'file', label: words.file, needed: true, fields: 'files', like: /confusion|per_class|predict/i }, { role: 'actual', label: words.columnOfWhatIs, fields: 'words' }, { role: 'predicted', label: words.columnOfPredictions, fields: 'words' }, { role: 'positive', label: words.class, fields: 'words' }],
  },
  roc: { name: words.roc, what: words.trueAgainstFalsePositives, roles: curveRoles(/roc|predict/i) },
  pr: { name: words.precisionRecall, what: words.precisionAgainstRecallOfThe, roles: curveRoles(/precision.?recall|pr.?curve|predict/i) },
  images: {
    name: words.images, what: words.imagesOfTheDrawnRuns,
    roles: [{ role: 'key', label: words.key, fields: 'words' }, { role: 'file', label: words.orAFile, fields: 'files' }],
  },
  table: { name: words.table, what: words.aTableThatTheRuns, roles: [{ role: 'file', label: words.file, needed: true, fields: 'files' }] },
  text: { name: words.text, what: words.notesInMarkdownOrA, roles: [{ role: 'text', label: words.text, fields: 'text' }, { role: 'file', label: words.orAFile, fields: 'files' }] },
}

function curveRoles(like: RegExp): readonly RoleSpec[] {
  return [{ role: 'file', label: words.file, needed: true, fields: 'files', like }, { role: 'actual', label: words.columnOfLabels, fields: 'words' }, { role: 'score', label: words.columnOfScores, fields: 'words' }, { role: 'positive', label: words.positiveLabel, fields: 'words' }]
}

export const role = (panel: Panel, name: string): string | undefined => panel.roles.find(([one]) => one === name)?.[1]
export const rolesOf = (panel: Panel, name: string): string[] => panel.roles.filter(([one]) => one === name).map(([, value]) => value)
export const isOn = (panel: Panel, name: string, value: string): boolean => panel.roles.some(([one, other]) => one === name && other === value)

/** With the values of a role replaced. */
export const withRole = (panel: Panel, name: string, values: readonly string[]): Panel => ({ ...panel, roles: [...panel.roles.filter(([one]) => one !== name), ...values.map((value) => [name, value] as const)] })
export const switched = (panel: Panel, name: string, value: string): Panel => {
  const values = rolesOf(panel, name)
  return withRole(panel, name, values.includes(value) ? values.filter((one) => one !== value) : [...values, value])
}

const fieldRoles = new Set(['x', 'y', 'z', 'color', 'size', 'by', 'axis', 'field'])
/** Every field that a panel needs. */
export const fieldsOf = (panel: Panel): string[] => panel.roles.filter(([name]) => fieldRoles.has(name)).map(([, value]) => value)

const escaped = (text: string): string => text.replace(/[%*]/g, (one) => (one === '*' ? '%2A' : '%25'))
const plain = (text: string): string => text.replace(/%2A|%25/g, (one) => (one === '%2A' ? '*' : '%'))

/** `1*scatter*x*metrics.auc*y*params.lr`: with signs that an address leaves as they are. */
export const writePanel = ({ id, kind, roles }: Panel): string => [id, kind, ...roles.flatMap(([name, value]) => [name, escaped(value)])].join('*')

export function readPanel(text: string): Panel[] {
  const [id = '', kindName = '', ...rest] = text.split('*')
  const kind = panelKinds.find((one) => one === kindName)
  if (kind === undefined || !/^\w{1,8}$/.test(id) || rest.length % 2 !== 0) return []
  const roles: [string, string][] = []
  for (let at = 0; at < rest.length; at += 2) if (rest[at] !== '' && rest[at + 1] !== '') roles.push([rest[at]!, plain(rest[at + 1]!)])
  return [{ id, kind, roles }]
}

/** Panels of an address; of two with one id the first. */
export function readPanels(texts: readonly string[]): Panel[] {
  const seen = new Set<string>()
  return texts.flatMap(readPanel).filter(({ id }) => !seen.has(id) && seen.add(id))
}

export function freeId(panels: readonly Panel[]): string {
  for (let number = 1; ; number += 1) if (!panels.some(({ id }) => id === String(number))) return String(number)
}
