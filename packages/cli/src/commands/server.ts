import { once } from 'node:events'
import { flushCompileCache } from 'node:module'
import { foreignFlags, readConfig, settings, type ServerConfig } from '@cairn/server/config'
import { defineCommand, type OptionSpec } from '../framework/command.ts'
import { UserError } from '../framework/errors.ts'
import type { Io } from '../framework/io.ts'
import { emptyDatabase, webRoot } from '../installation.ts'
import { banner } from '../banner.ts'

/** The flags come from the server's table of settings, so that neither can have one that the other lacks. */
const options: Record<string, OptionSpec> = {
  ...Object.fromEntries(settings.filter(({ flag }) => flag).map((setting): [string, OptionSpec] => [setting.name, {
    kind: setting.kind === 'boolean' ? 'boolean' : 'text',
    topic: setting.topic,
    summary: setting.summary,
    ...(setting.short !== undefined && { short: setting.short }),
    ...(setting.value !== undefined && { value: setting.value }),
    ...(setting.env !== undefined && { env: setting.env }),
    ...(setting.default !== undefined && { shown: setting.default }),
    ...(setting.kind === 'boolean' && setting.default === 'true' && { negatable: true }),
  }])),
  ...Object.fromEntries(Object.entries(foreignFlags).map(([name, { kind, reason }]): [string, OptionSpec] => [name, { kind, hidden: true, summary: reason }])),
}

export const command = defineCommand({
  summary: 'Start the tracking server and its web page.',
  details: 'Takes the flags and environment variables of "mlflow server". Relative locations are resolved against the folder that you start it in. More settings, for limits and webhooks, are environment variables: see docs/configuration.md.',
  args: {},
  options,
  examples: [
    ['server', 'on http://127.0.0.1:5000, everything in ./cairn-data'],
    ['server --port 0 --data-dir /srv/cairn', 'a free port, data elsewhere'],
    ['server --app-name basic-auth --host 0.0.0.0 --allowed-hosts cairn.example.com', 'for a team, whose members sign in'],
    ['server --artifacts-destination s3://bucket/mlflow', 'artifacts in S3: see docs/artifacts.md'],
    ['server --backend-store-uri sqlite:///cairn.db --artifacts-destination ./files', 'each thing in its own place'],
  ],
  run: async ({ options: values, given, json, io, style }) => {
    const flags = Object.fromEntries(Object.entries(values).filter(([name]) => given.has(name))) as Record<string, string | boolean>
    const config = readConfig({ flags, env: io.env, cwd: io.cwd, webRoot: webRoot(), emptyDatabase: emptyDatabase() })
    for (const notice of config.notices) io.warn(`${style.yellow('cairn:')} ${notice}\n`)
    // After the flags were read: a mistake in them is told without loading the server.
    const { startServer, DatabaseRefused, StorageRefused } = await import('@cairn/server')
    await using server = await startServer(config).catch((error: unknown) => {
      if (error instanceof StorageRefused) throw new UserError(error.message)
      throw error instanceof DatabaseRefused ? new UserError(`${shownDatabase(config.database)}: ${error.message}`) : error
    })
    const facts = {
      event: 'listening', url: server.url, port: server.port, pid: process.pid,
      ...(server.setUpUrl !== undefined && { set_up_url: server.setUpUrl }), ...(config.accounts !== undefined && { accounts: true }),
      database: shownDatabase(config.database), artifacts: config.artifacts.serve ? config.artifacts.destination : config.artifacts.defaultRoot,
    }
    // One line, written at once: whoever started the server waits for it.
    io.write(json ? `${JSON.stringify(facts)}\n` : `${banner(facts, style)}\n`)
    // Now, and not when the server ends, which may be never by itself (see bin/cairn).
    flushCompileCache()
    await aborted(io)
    if (!json) io.warn('cairn: stopping; press Ctrl-C again to stop at once.\n')
  },
})

async function aborted({ signal }: Io): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort')
}

/** Without the password. */
function shownDatabase(database: ServerConfig['database']): string {
  if (database.kind === 'sqlite') return database.path
  const uri = new URL(database.uri)
  uri.password = ''
  for (const secret of ['password', 'sslpassword']) if (uri.searchParams.has(secret)) uri.searchParams.delete(secret)
  return uri.href
}
