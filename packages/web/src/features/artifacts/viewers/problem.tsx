import type { ReactNode } from 'react'
import { words } from '../words.ts'

/** Why a file is not shown, and what is left to do with it. */
export const Problem = ({ error, url }: { error: string; url: string }): ReactNode => (
  <div className="viewer-problem" role="alert"><p>{error}</p><a className="button" href={url} download data-plain="">{words.downloadTheFile}</a></div>
)

export const Waiting = (): ReactNode => <p className="viewer-note" role="status">{words.reading}</p>
