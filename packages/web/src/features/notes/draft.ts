/** What is written and not stored yet, as the browser keeps it. */
export interface Draft {
  /** What stood there, as far as it was known. */
  readonly base: string
  readonly text: string
  /** What stood there before all that was written. */
  readonly first: string
}

interface Kept extends Draft {
  readonly at: number
  /** Of the tab that writes. */
  readonly tab: string
}

/** Another tab that has written so lately writes still, and stores it itself. */
const writesStillMs = 20_000

/** The name of this tab, which a reload keeps. */
function ownTab(): string {
  const known = sessionStorage.getItem('cairn:tab')
  if (known !== null) return known
  const name = Math.random().toString(36).slice(2)
  sessionStorage.setItem('cairn:tab', name)
  return name
}

function read(key: string): Kept | undefined {
  const kept = JSON.parse(localStorage.getItem(key) ?? 'null') as Partial<Kept> | null
  if (typeof kept?.base !== 'string' || typeof kept.text !== 'string') return undefined
  return { base: kept.base, text: kept.text, first: kept.first ?? kept.base, at: kept.at ?? 0, tab: kept.tab ?? '' }
}

/** What was written here, or in a tab that is no more, and was not stored. */
export function keptDraft(key: string): Draft | undefined {
  try {
    const kept = read(key)
    return kept === undefined || (kept.tab !== ownTab() && Date.now() - kept.at < writesStillMs) ? undefined : kept
  } catch {
    return undefined
  }
}

export function keepDraft(key: string, draft: Draft | undefined): void {
  try {
    const tab = ownTab()
    if (draft !== undefined) localStorage.setItem(key, JSON.stringify({ ...draft, at: Date.now(), tab } satisfies Kept))
    // What another tab is writing is its own.
    else if ((read(key)?.tab || tab) === tab) localStorage.removeItem(key)
  } catch {
    // Full, or not allowed: then it is kept as long as the page.
  }
}
