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

const logs = (...axes: readonly (readonly [string, string])[]): KindSpec['switches'] => axes.map(([axis, label]) => ['log', axis, `Logarithmic ${label}`] as const)

export const kindSpecs: Readonly<Record<PanelKind, KindSpec>> = {
  scatter: {
    name: 'Scatter', what: 'Each run as a dot by two fields; colour and size for two more.', switches: logs(['x', 'x'], ['y', 'y']),
    roles: [{ role: 'x', label: 'X', needed: true, fields: 'any' }, { role: 'y', label: 'Y', needed: true, fields: 'any' }, { role: 'color', label: 'Colour', fields: 'any' }, { role: 'size', label: 'Size', fields: 'numbers' }],
  },
  parallel: {
    name: 'Parallel coordinates', what: 'Each run as a line through its fields; drag along an axis to choose runs.',
    roles: [{ role: 'axis', label: 'Axes', needed: true, fields: 'any', several: true }, { role: 'color', label: 'Colour', fields: 'any' }],
  },
  bar: {
    name: 'Bars', what: 'The mean of a field for each group of runs, or how many runs there are.',
    roles: [{ role: 'y', label: 'Mean of', fields: 'numbers' }, { role: 'by', label: 'For each', needed: true, fields: 'groups' }],
  },
  box: {
    name: 'Boxes', what: 'Median, quartiles and outliers of a field for each group of runs.', switches: logs(['y', 'values']),
    roles: [{ role: 'y', label: 'Values', needed: true, fields: 'numbers' }, { role: 'by', label: 'For each', fields: 'groups' }],
  },
  violin: {
    name: 'Violins', what: 'How a field is spread in each group of runs.', switches: logs(['y', 'values']),
    roles: [{ role: 'y', label: 'Values', needed: true, fields: 'numbers' }, { role: 'by', label: 'For each', fields: 'groups' }],
  },
  histogram: {
    name: 'Histogram', what: 'How many runs have which values.',
    roles: [{ role: 'x', label: 'Values', needed: true, fields: 'any' }, { role: 'by', label: 'Stacked by', fields: 'groups' }],
  },
  contour: {
    name: 'Contour', what: 'A field as heights over two others.', switches: logs(['x', 'x'], ['y', 'y']),
    roles: [{ role: 'x', label: 'X', needed: true, fields: 'numbers' }, { role: 'y', label: 'Y', needed: true, fields: 'numbers' }, { role: 'z', label: 'Heights', needed: true, fields: 'numbers' }],
  },
  importance: {
    name: 'Parameter importance', what: 'How much each param says about a metric: random forest and correlation.',
    roles: [{ role: 'y', label: 'Of the metric', needed: true, fields: 'numbers' }, { role: 'field', label: 'Params', fields: 'any', several: true }],
  },
  confusion: {
    name: 'Confusion matrix', what: 'What was predicted for what, from a logged table (mlflow.log_table, CSV, Parquet) of a run; or the picture that autologging writes. Columns with the usual names are found.', switches: [['rows', 'parts', 'Parts of each row']],
    roles: [{ role: 'file', label: 'File', needed: true, fields: 'files', like: /confusion|per_class|predict/i }, { role: 'actual', label: 'Column of what is', fields: 'words' }, { role: 'predicted', label: 'Column of predictions', fields: 'words' }, { role: 'positive', label: 'Class', fields: 'words' }],
  },
  roc: { name: 'ROC', what: 'True against false positives of the drawn runs, from a logged table of labels and scores, or of the points of the curve; or the picture that autologging writes.', roles: curveRoles(/roc|predict/i) },
  pr: { name: 'Precision–recall', what: 'Precision against recall of the drawn runs, from a logged table of labels and scores, or of the points of the curve; or the picture that autologging writes.', roles: curveRoles(/precision.?recall|pr.?curve|predict/i) },
  images: {
    name: 'Images', what: 'Images of the drawn runs beside each other: those of mlflow.log_image by step, or one file of each run.',
    roles: [{ role: 'key', label: 'Key', fields: 'words' }, { role: 'file', label: 'Or a file', fields: 'files' }],
  },
  table: { name: 'Table', what: 'A table that the runs logged, one run at a time.', roles: [{ role: 'file', label: 'File', needed: true, fields: 'files' }] },
  text: { name: 'Text', what: 'Notes in Markdown, or a text file of the runs.', roles: [{ role: 'text', label: 'Text', fields: 'text' }, { role: 'file', label: 'Or a file', fields: 'files' }] },
}

function curveRoles(like: RegExp): readonly RoleSpec[] {
  return [{ role: 'file', label: 'File', needed: true, fields: 'files', like }, { role: 'actual', label: 'Column of labels', fields: 'words' }, { role: 'score', label: 'Column of scores', fields: 'words' }, { role: 'positive', label: 'Positive label', fields: 'words' }]
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
