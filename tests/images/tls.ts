import { writeFileSync } from 'node:fs'
import { connect, type AddressInfo } from 'node:net'
import { createServer } from 'node:tls'

// Made for these tests by an authority that nobody trusts, and good for nothing else; in force until 2126.
const key = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgIYLagV3rYRoA/h76
XmNZs40SIoZcsONpvDVYevMoD+ShRANCAAQ2Jj+Pq6MNv0cIhRVdmmN+wi1eLy+Z
7yDSBOPrR1zwmeb6freLwFXIsu/Ad+6pAKBgqFgfbz2RWDdYF2cpVtZ7
-----END PRIVATE KEY-----
`
const cert = `-----BEGIN CERTIFICATE-----
MIIBojCCAUegAwIBAgIUAbTM3L4GziaRSseQPNiwAmrlrncwCgYIKoZIzj0EAwIw
HDEaMBgGA1UEAwwRVGVzdCBDQSBvZiBub2JvZHkwIBcNMjYxMTI2MDQwMjAyWhgP
MjEyNjExMDIwNDAyMDJaMBgxFjAUBgNVBAMMDXJlZ2lzdHJ5LnRlc3QwWTATBgcq
hkjOPQIBBggqhkjOPQMBBwNCAAQ2Jj+Pq6MNv0cIhRVdmmN+wi1eLy+Z7yDSBOPr
R1zwmeb6freLwFXIsu/Ad+6pAKBgqFgfbz2RWDdYF2cpVtZ7o2kwZzAaBgNVHREE
EzARgglsb2NhbGhvc3SHBH8AAAEwCQYDVR0TBAIwADAdBgNVHQ4EFgQUOqv+CcQb
F1WgljsP85y5TIhVRrIwHwYDVR0jBBgwFoAUPiTrFrsvy5LTwCHulbFAMOG14dQw
CgYIKoZIzj0EAwIDSQAwRgIhALei2ng/wNLF0qb8l42/ABSl8xDzSOdfimPOtaRv
SQA1AiEAuZPdAnYcsbxCCXFrblFbdNjoV9lHljEaAZTn8QEaBeI=
-----END CERTIFICATE-----
`
const authority = `-----BEGIN CERTIFICATE-----
MIIBjjCCATWgAwIBAgIUdtW8+yZB8bR4QukHtuRTyQWVTiQwCgYIKoZIzj0EAwIw
HDEaMBgGA1UEAwwRVGVzdCBDQSBvZiBub2JvZHkwIBcNMjYxMTI2MDQwMTIzWhgP
MjEyNjExMDIwNDAxMjNaMBwxGjAYBgNVBAMMEVRlc3QgQ0Egb2Ygbm9ib2R5MFkw
EwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEMrK4PKTbGi9uYSp3MtVxmPZKtqhOdXm1
KUKYLXGbwCHr66kAfK5qO6TFjHAA84aabpc//IzNu/wZL7I0Qbng56NTMFEwHQYD
VR0OBBYEFD4k6xa7L8uS08Ah7pWxQDDhteHUMB8GA1UdIwQYMBaAFD4k6xa7L8uS
08Ah7pWxQDDhteHUMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDRwAwRAIg
E4pp/7ynOpQlrHhW2jgL8Tc/9k10IpLsIIiFNsPkLfECIHcV6b6t7c+QfvdwLyi1
ca9s9FSeCWtlHKIYk5n/nt64
-----END CERTIFICATE-----
`

export interface TlsFront extends AsyncDisposable {
  /** `localhost:PORT`, which the certificate names. */
  readonly host: string
}

/** TLS before a server that speaks without, with a certificate of the authority that is written to `authorityPath`. */
export async function startTlsFront(port: number, authorityPath: string): Promise<TlsFront> {
  writeFileSync(authorityPath, authority)
  const server = createServer({ key, cert }, (socket) => {
    const behind = connect(port, '127.0.0.1')
    for (const [one, other] of [[socket, behind], [behind, socket]] as const) one.on('error', () => other.destroy()).on('close', () => other.destroy())
    socket.pipe(behind).pipe(socket)
  })
  server.on('tlsClientError', () => {})
  await new Promise<void>((resolve) => server.listen(0, resolve))
  return {
    host: `localhost:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => { server.close(resolve) })
    },
  }
}
