import { BlockList, isIP } from 'node:net'

/**
 * Which addresses are on the public internet: what IANA's special-purpose registries do not set
 * apart (RFC 6890 and its successors), without multicast. An IPv6 address that carries an IPv4
 * address is judged by that one.
 */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address)
  if (family === 4) return !special4.check(address, 'ipv4')
  // A scope (`fe80::1%eth0`) belongs to a link.
  if (family !== 6 || address.includes('%')) return false
  const words = expand(address)
  const inside = embedded(words)
  if (inside !== undefined) return !special4.check(inside, 'ipv4')
  return globalUnicast.check(address, 'ipv6') && !special6.check(address, 'ipv6')
}

function ranges(family: 'ipv4' | 'ipv6', list: string): BlockList {
  const blocks = new BlockList()
  for (const range of list.trim().split(/\s+/)) {
    const [network = '', prefix] = range.split('/')
    blocks.addSubnet(network, Number(prefix), family)
  }
  return blocks
}

const special4 = ranges('ipv4', `
  0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24
  192.168.0.0/16 198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4`)
const globalUnicast = ranges('ipv6', '2000::/3')
const special6 = ranges('ipv6', '2001::/23 2001:db8::/32 3fff::/20')

function expand(address: string): number[] {
  const [head = '', tail] = address.split('::')
  const words = (text: string): number[] => text === '' ? [] : text.split(':').flatMap((word) => {
    if (!word.includes('.')) return [parseInt(word, 16)]
    const [a = 0, b = 0, c = 0, d = 0] = word.split('.').map(Number)
    return [a * 256 + b, c * 256 + d]
  })
  const left = words(head)
  if (tail === undefined) return left
  const right = words(tail)
  return [...left, ...Array<number>(8 - left.length - right.length).fill(0), ...right]
}

/** The IPv4 address within a mapped, compatible, NAT64 or 6to4 address. */
function embedded(words: readonly number[]): string | undefined {
  const dotted = (high: number, low: number): string => [high >> 8, high & 255, low >> 8, low & 255].join('.')
  const starts = (...prefix: number[]): boolean => prefix.every((word, index) => words[index] === word)
  if (starts(0, 0, 0, 0, 0, 0xffff) || starts(0, 0, 0, 0, 0xffff, 0) || starts(0x64, 0xff9b, 0, 0, 0, 0) || starts(0, 0, 0, 0, 0, 0)) {
    return dotted(words[6]!, words[7]!)
  }
  return starts(0x2002) ? dotted(words[1]!, words[2]!) : undefined
}
