import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface Balancer extends AsyncDisposable {
  readonly url: string
  /** Ports of the servers, in any order; those that refuse a connection are passed over. */
  backends: number[]
}

/** A plain load balancer: each connection goes to the next server that takes it, as bytes. */
export async function startBalancer(): Promise<Balancer> {
  const open = new Set<Socket>()
  let next = 0
  const balancer = { url: '', backends: [] as number[], async [Symbol.asyncDispose]() {
    server.close()
    for (const socket of open) socket.destroy()
  } }
  const server = createServer((client) => {
    open.add(client)
    client.on('close', () => open.delete(client))
    client.on('error', () => client.destroy())
    const attempt = (left: number): void => {
      if (left === 0) return void client.destroy()
      const upstream = connect(balancer.backends[next++ % balancer.backends.length] ?? 1, '127.0.0.1')
      upstream.once('error', () => attempt(left - 1))
      upstream.once('connect', () => {
        upstream.removeAllListeners('error')
        upstream.on('error', () => client.destroy())
        upstream.on('close', () => client.destroy())
        client.on('close', () => upstream.destroy())
        client.pipe(upstream).pipe(client)
      })
    }
    attempt(balancer.backends.length)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  balancer.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return balancer
}
