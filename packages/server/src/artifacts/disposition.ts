/**
 * `Content-Disposition: attachment` (RFC 6266) with the name: a token or a quoted string in ASCII,
 * and for other names the exact one beside it in RFC 5987's encoding.
 */
export function attachment(name: string): string {
  if (/^[\x20-\x7e]*$/.test(name)) return `attachment; filename=${quoted(name)}`
  // What is left of `日本語` without its characters is nothing.
  const ascii = name.normalize('NFKD').replace(/[^\x20-\x7e]/g, '') || 'download'
  const encoded = encodeURIComponent(name).replace(/['()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
  return `attachment; filename=${quoted(ascii)}; filename*=UTF-8''${encoded}`
}

const quoted = (text: string): string =>
  /^[\w!#$%&'*+\-.^`|~]+$/.test(text) ? text : `"${text.replace(/["\\]/g, '\\$&')}"`
