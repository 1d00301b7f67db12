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

/** What every page needs is one file: a first visit waits for few requests, not for twenty small ones. */
const base = /[\\/]node_modules[\\/](?:react|react-dom|scheduler|@tanstack)[\\/]|[\\/]packages[\\/](?:sdk|protocol)[\\/]src[\\/]|[\\/]web[\\/]src[\\/](?:app[\\/]|ui[\\/](?:field|format|icon|parts|theme|toast|chip|use-window)\.|features[\\/](?:runs[\\/]table[\\/]use-narrow|experiments[\\/](?:trend|words|start))\.)/

export default defineConfig({
  // The page is served below any prefix; its <base> says which.
  base: './',
  // A line for each of a hundred viewers' chunks tells nobody anything; warnings and errors are printed.
  logLevel: 'warn',
  resolve: { conditions: ['source', 'module', 'browser'] },
  build: { target: 'es2022', assetsInlineLimit: 0, modulePreload: { polyfill: false }, reportCompressedSize: false,
    // Libraries for servers that render say "use client", which means nothing here.
    rolldownOptions: {
      output: { codeSplitting: { groups: [{ name: 'base', test: (id) => base.test(id) && !id.endsWith('.css') }] } },
      onLog: (level, log, tell) => { if (log.code !== 'MODULE_LEVEL_DIRECTIVE') tell(level, log) } } },
  plugins: [compressed],
  server: { proxy: { '/api': 'http://127.0.0.1:5000', '/ajax-api': 'http://127.0.0.1:5000' } },
})
