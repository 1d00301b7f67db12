import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** Stands between a browser and a server, and can be pulled: what is open breaks, and nothing new comes through. */
export class Cable implements AsyncDisposable {
  readonly #server: Server
  readonly #ends = new Set<Socket>()
  #pulled = false

  private constructor(to: number) {
    this.#server = createServer((near) => {
      if (this.#pulled) return void near.destroy()
      const far = connect(to, '127.0.0.1')
      for (const [end, other] of [[near, far], [far, near]] as const) {
        this.#ends.add(end)
        end.on('error', () => other.destroy())
        end.on('close', () => {
          this.#ends.delete(end)
          other.destroy()
        })
        end.pipe(other)
      }
    })
  }

  static async to(port: number): Promise<Cable> {
    const cable = new Cable(port)
    cable.#server.listen(0, '127.0.0.1')
    await once(cable.#server, 'listening')
    return cable
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  pull(): void {
    this.#pulled = true
    for (const end of this.#ends) end.destroy()
  }

  plug(): void {
    this.#pulled = false
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.pull()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
