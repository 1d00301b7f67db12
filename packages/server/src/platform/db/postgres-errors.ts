import { CairnError, invalid } from '@cairn/protocol'
import { unwritable } from './group-commit.ts'

/** What became of a statement. */
export interface StatementFailure {
  /** What the caller hears. */
  readonly heard: unknown
  /** Whether the connection is of no use any more. */
  readonly lost: boolean
  /** What those hear who go on in the same transaction, where that says more than that the connection is lost. */
  readonly why?: CairnError
}

/**
 * A connection that is none to the database that it was made to, though it works: that has become a copy which only
 * reads (a failover behind one address), has forgotten our statements (a pooler), or was changed by a newer server so
 * that they answer other columns. Another connection is right again.
 */
const otherDatabase = /^(?:25006|26000|0A000)$/

export function readFailure(error: unknown): StatementFailure {
  const { code = '', message } = error as { code?: string; message: string }
  const still = (heard: unknown): StatementFailure => ({ heard, lost: false })
  switch (code) {
    case '22021': return still(invalid('Text must not contain the character U+0000: PostgreSQL cannot store it.'))
    case '53100': return still(unwritable('The disk of the database is full.'))
    case '55P03': return still(unavailable('Another server holds the database.'))
    case '57014': return still(unavailable('The database gave up what it was asked: somebody cancelled it, or it took longer than its statement_timeout.'))
  }
  if (code === '' ? /Connection terminated|not queryable|Client has encountered|ECONN|EPIPE|closed/.test(message) : /^(?:08|57P0|25P03|ECONN|EPIPE|ETIMEDOUT)/.test(code)) {
    return { heard: unavailable('The connection to the database was lost.'), lost: true }
  }
  if (!otherDatabase.test(code) || (code === '0A000' && !/cached plan/.test(message))) return still(error)
  const why = Object.assign(unavailable(code === '25006' ? 'The database only reads at the moment.' : 'The database has changed under this connection.'), { cause: error })
  return { heard: why, lost: true, why }
}

/** Why there is no connection, as far as clients are told. */
export function whyNot(error: unknown): string {
  const { code = '' } = error as { code?: string }
  if (code === '53300') return 'The database has no connection left.'
  return code.startsWith('28') ? 'The database does not let this server in.' : 'The database does not answer.'
}

export const unavailable = (what: string): CairnError =>
  new CairnError('TEMPORARILY_UNAVAILABLE', `${what} Nothing of this request was stored. Try again in a moment.`, { 'retry-after': '1' })
