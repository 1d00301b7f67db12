import pg from 'pg'

export type ClientSettings = Omit<pg.ClientConfig, 'connectionString'>

/**
 * Connects. `sslmode` means what it means to libpq, and so to every other program that is given the
 * same address: `require` encrypts, and checks the certificate only where `sslrootcert` says against
 * what; `verify-full` always does. The driver's own reading refuses the certificates of most hosted
 * databases under `require`.
 */
export async function openClient(uri: string, settings: ClientSettings): Promise<pg.Client> {
  const [first, second] = driverUris(uri)
  try {
    return await connect(first, settings)
  } catch (error) {
    if (second === undefined || !wantsOther(error as { code?: string; message: string })) throw error
    return connect(second, settings)
  }
}

async function connect(connectionString: string, settings: ClientSettings): Promise<pg.Client> {
  const client = new pg.Client({ connectionTimeoutMillis: 5000, keepAlive: true, keepAliveInitialDelayMillis: 10_000, ...settings, connectionString })
  // Whoever uses it hears of it by its queries; without a listener the process would end.
  client.on('error', () => {})
  try {
    await client.connect()
    return client
  } catch (error) {
    void client.end().catch(() => {})
    throw error
  }
}

/** `prefer` tries without encryption where the server has none, `allow` with where the server insists. */
const wantsOther = ({ code, message }: { code?: string; message: string }): boolean => code === '28000' || /does not support SSL/.test(message)

function driverUris(uri: string): [first: string, second?: string] {
  const mode = new URL(uri).searchParams.get('sslmode')
  if (mode === null || new URL(uri).searchParams.has('uselibpqcompat')) return [uri]
  const as = (sslmode: string): string => {
    const url = new URL(uri)
    url.searchParams.set('sslmode', sslmode)
    url.searchParams.set('uselibpqcompat', 'true')
    return url.href
  }
  if (mode === 'prefer') return [as('prefer'), as('disable')]
  return mode === 'allow' ? [as('disable'), as('prefer')] : [as(mode)]
}
