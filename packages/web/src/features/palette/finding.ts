/** One line of what the palette found, whatever found it. */
export interface Finding {
  readonly id: string
  readonly kind: 'page' | 'experiment' | 'run' | 'model' | 'version' | 'key' | 'view' | 'action'
  readonly label: string
  readonly note?: string
  /** Absent for what is done here. */
  readonly href?: string
}
