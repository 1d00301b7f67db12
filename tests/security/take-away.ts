import { registerHooks } from 'node:module'

/** Loaded before everything else (`--import`): changes one text of one module as it is loaded, here, in threads and in child processes. */
const { file, from, to } = JSON.parse(process.env['CAIRN_WITHOUT']!) as { file: string; from: string; to: string }

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context)
    if (!url.endsWith(`/${file}`)) return loaded
    const source = String(loaded.source)
    if (source.split(from).length !== 2) throw new Error(`${file} has not once: ${from}`)
    return { ...loaded, source: source.replace(from, () => to) }
  },
})
