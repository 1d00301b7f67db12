import { DatabaseRefused } from './migrate.ts'

interface Failure {
  readonly code?: string
  readonly message: string
  readonly cause?: Failure
}

/**
 * What somebody who starts a server can put right about its database: what happened, in the
 * database's own words, and what to do. Anything else is left as it is.
 */
export function explainStart(error: unknown, uri: string): unknown {
  if (error instanceof DatabaseRefused) return error
  // A failed attempt to connect is the cause of what requests would hear.
  const failure = (error as Failure).cause ?? error as Failure
  const advice = adviceFor(failure, new URL(uri))
  return advice === undefined ? error : new DatabaseRefused(`${advice.what} (${failure.message || failure.code}). ${advice.fix}`, { cause: error })
}

function adviceFor({ code = '', message }: Failure, url: URL): { what: string; fix: string } | undefined {
  const database = decodeURIComponent(url.pathname.slice(1))
  const user = decodeURIComponent(url.username) || 'the user'
  if (code === '28P01' || /password must be a (?:non-empty )?string/.test(message)) {
    return { what: 'PostgreSQL did not accept the password', fix: 'Give it in --backend-store-uri (special characters as %40 and the like), in PGPASSWORD or in ~/.pgpass.' }
  }
  if (code === '28000') return { what: 'PostgreSQL does not let this user in', fix: 'Check the user in --backend-store-uri and the lines of pg_hba.conf; where those ask for encryption, add ?sslmode=require.' }
  if (code === '3D000') return { what: 'There is no such database', fix: `Make it first: CREATE DATABASE "${database}". Cairn makes its own tables.` }
  if (code === '42501') return { what: `${user} may not make tables in this schema`, fix: `Let it, for instance by making it the owner: ALTER DATABASE "${database}" OWNER TO "${user}".` }
  if (code === '53300') return { what: 'PostgreSQL has no connection left', fix: 'Raise max_connections, or let fewer servers use it: each takes up to twenty.' }
  if (code === '57P03') return { what: 'PostgreSQL is not ready yet', fix: 'Start Cairn again in a moment.' }
  if (code === '25006') return { what: 'This PostgreSQL only reads: it is a copy of another', fix: 'Point --backend-store-uri at the primary.' }
  if (code === 'TEMPORARILY_UNAVAILABLE' && /Another server/.test(message)) return { what: 'Another server is changing the tables', fix: 'Wait until it has started, then start this one.' }
  if (/does not support SSL/.test(message)) return { what: 'PostgreSQL has no encryption turned on', fix: 'Leave sslmode out of --backend-store-uri, or turn ssl on in postgresql.conf.' }
  if (/certificate|CERT|verify-ca requires/i.test(`${code} ${message}`)) return { what: "PostgreSQL's certificate could not be checked", fix: 'Add &sslrootcert=/path/ca.pem with the authority that signed it, and use the name that it was made for.' }
  if (code === 'ENOENT' && url.searchParams.has('sslrootcert')) return { what: 'A file of certificates could not be read', fix: 'Check sslrootcert, sslcert and sslkey in --backend-store-uri.' }
  if (/^E[A-Z_]+$/.test(code) || /timeout|terminated/.test(message)) {
    return { what: 'Nothing answers there as PostgreSQL', fix: 'Check the host and the port in --backend-store-uri, and that PostgreSQL is running and reachable from here.' }
  }
  return undefined
}
