import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { Reply, type Context } from '../platform/http/index.ts'
import { words } from './words.ts'

/**
 * The web page. Its files are listed once, when somebody first asks; a request only ever selects
 * among them, so no path of a request becomes a path on the disk.
 */
export interface Pages {
  /** The answer for a path that no endpoint has; undefined where there is no page either. */
  (path: string, context: Context): Promise<Reply | undefined>
}

const types: Record<string, string> = {
  html: 'text/html; charset=utf-8', js: 'text/javascript; charset=utf-8', mjs: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8', svg: 'image/svg+xml', woff2: 'font/woff2', png: 'image/png',
}

/** What `--x-frame-options` says, in the words of the content policy, which browsers heed first. */
const ancestors = { SAMEORIGIN: "; frame-ancestors 'self'", DENY: "; frame-ancestors 'none'", NONE: '' } as const
export type Framing = keyof typeof ancestors

/** No script or style but the page's own files, and connections to nowhere else. */
const policy = "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'self'; form-action 'self'"

/**
 * The frame in which what people uploaded may run: an origin of its own, whoever opens it, scripts
 * and styles only out of what it was handed, and no network. Only our own page may hold it.
 */
const sandboxPolicy = "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' data: blob:; worker-src blob: data:; style-src 'unsafe-inline' data:; img-src data: blob:; font-src data: blob:; media-src data: blob:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
const sandbox = 'sandbox.html'

/**
 * What stands in that frame may send it anywhere by setting its own address, which no policy of the frame forbids:
 * the policy of the page does. Beside 'self' above, it leaves one address.
 */
const frames = (staticPrefix: string): string => `, frame-src *:*${encodeURI(staticPrefix).replace(/[;,]/g, encodeURIComponent)}/${sandbox}`

const missing = `<!doctype html><html lang="${words.language}"><meta charset="utf-8"><title>Cairn</title>
<h1>${words.running}</h1><p>${words.notBuilt} <code>npm run build -w packages/web</code> ${words.andStartAgain}</p></html>`

interface Site {
  readonly names: ReadonlySet<string>
  readonly files: Map<string, Promise<Buffer>>
  /** The page itself, for the prefix under which it is asked for, the path below it, and the theme that was chosen. */
  index(staticPrefix: string, path: string, theme: string | undefined): string
}

/** What a page with such an address will want, as the build of the page has noted it. */
interface Preload {
  /** A pattern of paths. */
  readonly path: string
  /** Scripts. */
  readonly files?: readonly string[]
  /** What its scripts will ask the server for, below the prefix; `$1` stands for what the pattern has found. */
  readonly asks?: string
}
const preloads = 'preloads.json'

/** What the page asks before it shows something of it: whether people sign in, and whether there are workspaces. */
export interface Marks {
  readonly accounts?: boolean
  /** Where the server begins, below which workspaces are paths; absent where there are none. */
  readonly workspaces?: string | undefined
}

/** `onOpen` hears when somebody opens the page, whose scripts will ask for much before long. */
export function pages(root: string | undefined, framing: Framing = 'SAMEORIGIN', marks: Marks = {}, onOpen: () => void = () => {}): Pages {
  const security = { 'content-security-policy': policy + ancestors[framing], 'referrer-policy': 'same-origin' }
  let site: Promise<Site> | undefined
  return async (path, { staticPrefix, headers }) => {
    if (root === undefined) return path === '/' ? html(missing, {}, security) : undefined
    const { names, files, index } = await (site ??= readSite(root, marks))
    const name = path.slice(1)
    if (name === sandbox && names.has(name)) return html(await readFile(join(root, sandbox), 'utf8'), headers, { 'content-security-policy': sandboxPolicy, 'referrer-policy': 'no-referrer' })
    if ((names.has(name) || names.has(`${name}.gz`)) && name !== 'index.html') return asset(root, names, files, name, headers)
    if (path.startsWith('/api/') || path.startsWith('/ajax-api/') || path.startsWith('/assets/')) return undefined
    // Every other address is one of the page's own, which knows what to show; a script that mistypes
    // an endpoint does not accept HTML and gets its error.
    if (path !== '/' && !String(headers['accept'] ?? '').includes('text/html')) return undefined
    onOpen()
    return html(index(staticPrefix, path, themeIn(headers)), headers, { ...security, 'content-security-policy': security['content-security-policy'] + frames(staticPrefix) })
  }
}

async function readSite(root: string, { accounts = false, workspaces }: Marks): Promise<Site> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true })
  const names = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1).replaceAll('\\', '/'))
  const index = await readFile(join(root, 'index.html'), 'utf8')
  const wanted = names.includes(preloads) ? (JSON.parse(await readFile(join(root, preloads), 'utf8')) as Preload[]).map(({ path, files = [], asks }) => ({
    path: new RegExp(path), links: files.map((file) => `<link rel="modulepreload" crossorigin href="./${file}">`).join(''), asks,
  })) : []
  const linksFor = (path: string): string => wanted.filter((one) => one.path.test(path)).map(({ path: pattern, links, asks }) =>
    // The pattern lets through only what means nothing to HTML.
    links + (asks === undefined ? '' : `<link rel="preload" as="fetch" crossorigin href="${path.replace(pattern, asks).replaceAll('&', '&amp;')}">`)).join('')
  const page = index.replace('<html', `<html${accounts ? ' data-accounts=""' : ''}${workspaces === undefined ? '' : ` data-workspaces="${workspaces}"`}`)
  return {
    names: new Set(names.filter((name) => name !== preloads)), files: new Map(),
    // What the address will want is fetched beside the page's first script, which would ask for it only when it has run.
    index: (staticPrefix, path, theme) => (theme === undefined ? page : page.replace('<html', `<html data-theme="${theme}"`)).replace('<base href="/" />', `<base href="${staticPrefix}/" />`).replace('</head>', () => `${linksFor(path)}</head>`),
  }
}

/** The page keeps it (`theme.ts`), so that it is drawn with it from the start. */
const themeIn = ({ cookie }: Context['headers']): string | undefined => /(?:^|;\s*)cairn_theme=(light|dark)(?:;|$)/.exec([cookie ?? ''].flat().join('; '))?.[1]

const etagOf = (bytes: string | Buffer): string => `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 27)}"`

function html(text: string, headers: Context['headers'], security: Readonly<Record<string, string>>): Reply {
  const etag = etagOf(text)
  // One address answers a person with the page and a script with an error.
  const common = { etag, 'cache-control': 'no-cache', vary: 'Accept, Cookie, Origin', ...security }
  return headers['if-none-match'] === etag
    ? new Reply({ status: 304, headers: common })
    : new Reply({ headers: { ...common, 'content-type': types['html']! }, body: text })
}

/** Hashed names never change what they hold; compressed forms were made when the page was built. */
async function asset(root: string, names: ReadonlySet<string>, files: Site['files'], name: string, headers: Context['headers']): Promise<Reply> {
  const accepted = String(headers['accept-encoding'] ?? '')
  const encoding = (['br', 'gzip'] as const).find((one) => accepted.includes(one) && names.has(name + suffixes[one]))
  const file = name + (encoding === undefined ? '' : suffixes[encoding])
  let reading = files.get(file)
  if (reading === undefined) files.set(file, reading = names.has(file) ? readFile(join(root, file)) : inflated(join(root, name + suffixes.gzip)))
  const bytes = await reading
  const etag = etagOf(bytes)
  const common = {
    etag,
    'cache-control': name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    vary: 'Accept-Encoding, Origin',
  }
  if (headers['if-none-match'] === etag) return new Reply({ status: 304, headers: common })
  return new Reply({
    headers: {
      ...common,
      'content-type': types[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream',
      ...(encoding !== undefined && { 'content-encoding': encoding }),
    },
    body: bytes,
  })
}

const suffixes = { br: '.br', gzip: '.gz' } as const

/** For a client that takes no gzip, of an asset that lies compressed alone. */
const inflated = async (file: string): Promise<Buffer> => promisify(gunzip)(await readFile(file))
