import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

/** A network between Cairn and PostgreSQL that breaks as a test wants. */
export interface BrokenNetwork extends AsyncDisposable {
  readonly uri: string
  /** What happens to the next COMMIT: it gets there and its answer is lost, or it never gets there; `thenRefuse` all else. */
  breakCommit(how: 'answered' | 'asked', thenRefuse?: boolean): void
  /** Connections stay open and say nothing more; new ones are taken and say nothing either. */
  hang(): void
  /** Only the connections that are there now. */
  hangThese(): void
  /** New connections are refused, and those that are there end. */
  refuse(): void
  heal(): void
}

/** A simple query, as the driver sends it. */
const commitMessage = Buffer.from('Q\0\0\0\x0bCOMMIT\0', 'latin1')

export async function breakableNetwork(to: string): Promise<BrokenNetwork> {
  const target = Number(new URL(to).port)
  const links = new Set<{ readonly from: Socket; readonly to: Socket; silent: boolean; deaf: boolean }>()
  let commit: 'answered' | 'asked' | undefined
  let refuseThen = false
  let state: 'well' | 'silent' | 'refusing' = 'well'

  const server = createServer((from) => {
    if (state === 'refusing') return void from.destroy()
    const link = { from, to: connect(target, '127.0.0.1'), silent: state === 'silent', deaf: false }
    links.add(link)
    const end = (): void => {
      // Nobody at the other end hears of what a silent network has lost.
      if (!link.silent) link.to.destroy()
      from.destroy()
      links.delete(link)
    }
    from.on('data', (data: Buffer) => {
      if (link.silent) return
      if (commit !== undefined && data.includes(commitMessage)) {
        const how = commit
        commit = undefined
        if (how === 'asked') return end()
        link.deaf = true
      }
      link.to.write(data)
    })
    link.to.on('data', (data: Buffer) => {
      if (link.deaf) {
        if (refuseThen) refuse()
        end()
      } else if (!link.silent) from.write(data)
    })
    for (const socket of [from, link.to]) socket.on('error', () => {})
    from.on('close', end)
    link.to.on('close', () => { if (!link.silent) from.destroy() })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const uri = new URL(to)
  uri.port = String((server.address() as AddressInfo).port)
  const cut = (): void => {
    for (const link of links) {
      link.from.destroy()
      link.to.destroy()
    }
    links.clear()
  }
  const refuse = (): void => { state = 'refusing'; cut() }
  const hangThese = (): void => { for (const link of links) link.silent = true }
  return {
    uri: uri.href,
    breakCommit(how, thenRefuse = false) { commit = how; refuseThen = thenRefuse },
    hang() { state = 'silent'; hangThese() },
    hangThese,
    refuse,
    heal() { state = 'well' },
    async [Symbol.asyncDispose]() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
