import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { defineConfig, type Plugin } from 'vite'

/** Instead of each asset its compressed forms, so that the server never compresses: gzip for all, brotli where the address is secure. */
const compressed: Plugin = {
  name: 'compressed',
  // After Vite has written into the chunks what each of them loads beforehand.
  enforce: 'post',
  generateBundle: { order: 'post', handler(_options, bundle) {
    for (const [name, file] of Object.entries(bundle)) {
      const text = file.type === 'chunk' ? file.code : file.source
      if (text.length < 512 || !/\.(?:m?js|css|svg)$/.test(name)) continue
      const bytes = typeof text === 'string' ? Buffer.from(text) : text
      this.emitFile({ type: 'asset', fileName: `${name}.gz`, source: gzipSync(bytes, { level: 9 }) })
      // The server inflates it for the rare client that takes no gzip.
      delete bundle[name]
      // What only one viewer loads and is large (Plotly, the worker for PDF) lies once on the disk.
      if (bytes.length > 1_000_000) continue
      this.emitFile({ type: 'asset', fileName: `${name}.br`, source: brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }) })
    }
  } },
}

/** The page calls endpoints and reads their answers; what a request may hold, and what is said of it in the reference, only the server uses. */
const contract: Plugin = {
  name: 'contract',
  enforce: 'post',
  transform: { filter: { id: /packages\/protocol\/src\/.*\.ts$/ }, handler(code) {
    const spare = this.parse(code).body.flatMap((statement) => (statement.type === 'ExportNamedDeclaration' && statement.declaration?.type === 'VariableDeclaration' ? statement.declaration.declarations : [])).flatMap(({ init }) => {
      const [definition] = init?.type === 'CallExpression' && init.callee.type === 'Identifier' && init.callee.name === 'endpoint' ? init.arguments : []
      return definition?.type === 'ObjectExpression' ? definition.properties : []
    }).flatMap((one) => (one.type === 'Property' && one.key.type === 'Identifier' && ['summary', 'request'].includes(one.key.name) ? [one.value] : []))
    return spare.toReversed().reduce((rest, { start, end }) => `${rest.slice(0, start)}0${rest.slice(end)}`, code)
  } },
}

/**
 * What every page needs is two files, the libraries' and ours, which a browser reads side by side; and what the
 * page of runs needs besides is another: a first visit waits for few requests, not for forty small ones. What
 * several pages share is in ours as well, for it is small beside what one more file costs.
 */
const vendor = ['rolldown/runtime', 'node_modules/react/', 'node_modules/react-dom/', 'node_modules/scheduler/', 'node_modules/@tanstack/']
/** What opens over a page: fetched with the first sign of a hand (`ui/over.ts`). */
const over = ['node_modules/@ariakit/', 'node_modules/@floating-ui/', 'web/src/ui/over/', 'web/src/ui/tabs.']
/** Of charts those of lines; other kinds come with the panels that show them. */
const lines = ['axes', 'cursor-marks', 'cursors', 'figure', 'frame', 'gestures', 'line-chart', 'line-figure', 'lines', 'pen', 'scale', 'stage', 'ticks', 'bands', 'stats'].map((name) => `packages/charts/src/${name}.`)
const base = [
  'packages/sdk/src/', 'packages/protocol/src/', ...lines, 'web/src/main.tsx', 'web/src/app/', 'web/src/ui/', 'features/presence/', 'features/tags/',
  'features/frame/frame.', 'features/frame/crumbs.', 'features/frame/words.', 'features/frame/error-boundary.', 'features/frame/workspace-switch.', 'features/share/words.', 'features/palette/find.',
  'features/charts/tip.', 'features/charts/use-line-chart.', 'features/experiments/trend.', 'features/experiments/words.', 'features/experiments/start.', 'features/experiments/list-state.',
  'features/runs/columns.', 'features/runs/drawing.', 'features/runs/opening.', 'features/runs/sparkline.', 'features/runs/which.', 'features/runs/table/row-store.', 'features/runs/table/table-state.', 'features/runs/table/use-narrow.',
  'features/comments/keys.', 'features/views/keys.',
  // What the list of experiments and the page of a model want besides: without them they need nothing of what workspaces share.
  'features/experiments/names.', 'features/experiments/note-line.', 'features/experiments/change.', 'features/notes/', 'features/runs/words.',
  'features/artifacts/words.', 'features/artifacts/use-async.', 'features/artifacts/viewers/copy-button.', 'features/artifacts/decode/table.', 'features/artifacts/shelf.', 'features/experiments/experiments.css', 'features/runs/run-page.css',
]
/** Of which parts are shared by pages, one file for all: not those of artifacts, which are many and large. */
const shared = ['comments', 'share', 'experiments', 'runs', 'charts', 'views'].map((feature) => `web/src/features/${feature}/`)
const workspace = ['features/runs/workspace.']
/** Styles are one file for all; a page that has nothing but those in common with another needs none of its code. */
const isCodeIn = (parts: readonly string[]) => (id: string): boolean => !id.endsWith('.css') && isIn(parts)(id)
const isIn = (parts: readonly string[]) => (id: string): boolean => parts.some((part) => id.replaceAll('\\', '/').includes(part))
const isInBase = (id: string): boolean => isIn(base)(id) && !isIn(over)(id)

/** Pages by their address, below the prefix: the server writes into the page what its address will want, so that it is fetched beside the first file and not after it. */
const opened = [
  ['^/$', 'features/home/home-page'], ['^/experiments/?$', 'features/experiments/experiments-page'], ['^/(?:experiments/[^/]+/?$|runs/?$)', 'features/runs/workspace'],
  ['^/(?:experiments/[^/]+/)?runs/[^/]+', 'features/runs/run-page'], ['^/models/?$', 'features/models/models-page'], ['^/models/[^/]+/?$', 'features/models/model-page'],
  ['^/models/[^/]+/(?:versions/)?[^/]+', 'features/models/version-page'], ['^/compare/?$', 'features/compare/compare-page'],
] as const

/** What pages of such an address ask for first, word for word as their code does (`run-opening.ts`): the browser asks before it has read the code. */
const asked = [{ path: '^/(?:experiments/[^/]+/)?runs/([\\w-]+)/?$', asks: './api/cairn/v1/runs/opening?run_id=$1&format=binary' }]

const preloads: Plugin = {
  name: 'preloads',
  // After Vite has taken away what held nothing but styles.
  enforce: 'post',
  generateBundle: { order: 'post', handler(_options, bundle) {
    const chunks = Object.values(bundle).filter((one) => one.type === 'chunk')
    const page = bundle['index.html']?.type === 'asset' ? String(bundle['index.html'].source) : ''
    const entries = opened.flatMap(([path, module]) => {
      const own = chunks.find(({ moduleIds }) => moduleIds.some((id) => id.replaceAll('\\', '/').includes(`${module}.tsx`)))
      return own === undefined ? [] : [{ path, files: [own.fileName, ...own.imports].filter((name) => !page.includes(name) && bundle[name] !== undefined) }]
    })
    this.emitFile({ type: 'asset', fileName: 'preloads.json', source: JSON.stringify([...entries, ...asked]) })
  } },
}

export default defineConfig({
  // The page is served below any prefix; its <base> says which.
  base: './',
  // A line for each of a hundred viewers' chunks tells nobody anything; warnings and errors are printed.
  logLevel: 'warn',
  resolve: { conditions: ['source', 'module', 'browser'] },
  build: { target: 'es2022', assetsInlineLimit: 0, cssCodeSplit: false, chunkSizeWarningLimit: 700, modulePreload: { polyfill: false }, reportCompressedSize: false,
    // Libraries for servers that render say "use client", which means nothing here.
    rolldownOptions: {
      // Compressing takes most of a build, as it should; whoever starts Cairn for the first time need not read of it.
      checks: { pluginTimings: false },
      output: { codeSplitting: { groups: [
        { name: 'vendor', priority: 5, test: isIn(vendor) },
        { name: 'base', priority: 4, test: isInBase },
        // After those: a group takes along what its modules import.
        { name: 'over', priority: 3, test: isIn(over) },
        { name: 'shared', priority: 2, test: isCodeIn(shared), minShareCount: 2 },
        { name: 'workspace', priority: 1, test: isCodeIn(workspace) },
      ] } },
      onLog: (level, log, tell) => { if (log.code !== 'MODULE_LEVEL_DIRECTIVE') tell(level, log) } } },
  plugins: [contract, preloads, compressed],
  server: { proxy: { '/api': 'http://127.0.0.1:5000', '/ajax-api': 'http://127.0.0.1:5000' } },
})
