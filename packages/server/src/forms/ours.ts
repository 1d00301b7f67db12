export type Headers = Readonly<Record<string, string | string[] | undefined>>

export const one = (headers: Headers, name: string): string | undefined => {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}

/** Whether our own page sent this, or a person who typed the address or followed a link. */
export function isOurs(method: string | undefined, headers: Headers): boolean {
  const site = one(headers, 'sec-fetch-site')
  const reads = method === 'GET' || method === 'HEAD'
  if (site !== undefined) return site === 'same-origin' || site === 'none' || (reads && one(headers, 'sec-fetch-mode') === 'navigate')
  // Browsers say so over TLS and to localhost; elsewhere the origin has to do, which they send with what changes something.
  const origin = one(headers, 'origin')
  if (origin === undefined) return reads
  const host = one(headers, 'host')
  return origin === `http://${host}` || origin === `https://${host}`
}
