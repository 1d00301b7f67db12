import type { ReactNode } from 'react'
import { serverUrl } from '../app/server.ts'
import { useMinute } from './use-minute.ts'
import { CopyButton } from './button.tsx'
import { ago, exact } from './format.ts'
import { words } from './words.ts'

export const Mark = (): ReactNode => (
  <svg viewBox="0 0 32 32" aria-hidden="true"><ellipse cx="16" cy="26" rx="12" ry="4" /><ellipse cx="16" cy="18.5" rx="8.5" ry="3.6" /><ellipse cx="16" cy="12" rx="5.8" ry="3" /><ellipse cx="16" cy="6.6" rx="3.4" ry="2.4" /></svg>
)

export const Status = ({ status }: { status: string }): ReactNode => <span className="status" data-status={status}>{status.toLowerCase()}</span>

/** How long ago, told anew as time passes; the exact time on hover, in the reader's zone. */
export function Time({ ms }: { ms: number }): ReactNode {
  useMinute()
  if (!(ms > 0)) return <span className="soft">–</span>
  const time = new Date(ms)
  // Who logs nanoseconds where milliseconds are meant has runs in no year of any calendar.
  return Number.isNaN(time.getTime()) ? <span className="soft" title={words.noTime(ms)}>{words.notATime}</span> : <time dateTime={time.toISOString()} title={exact(ms)}>{ago(ms)}</time>
}

export const Failure = ({ error, retry }: { error: string; retry?: () => void }): ReactNode => (
  <p className="error" role="alert">{error} {retry && <button type="button" className="link" onClick={retry}>{words.tryAgain}</button>}</p>
)

/** What to type next, with this server's address in it. */
export function Empty({ title, code }: { title: string; code?: string }): ReactNode {
  return (
    <div className="empty">
      <strong>{title}</strong>
      {code !== undefined && <div className="empty-code"><pre tabIndex={0} aria-label={words.example}><code>{code.replaceAll('$URL', serverUrl)}</code></pre><CopyButton text={code.replaceAll('$URL', serverUrl)} /></div>}
    </div>
  )
}

export const Pairs = ({ rows, label }: { rows: readonly (readonly [string, ReactNode])[]; label: string }): ReactNode => (
  <div className="pairs" tabIndex={0} role="region" aria-label={label}>
    <table><tbody>{rows.map(([name, value]) => <tr key={name}><td>{name}</td><td className="mono">{value}</td></tr>)}</tbody></table>
  </div>
)
