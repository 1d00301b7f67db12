import type { Log } from '../http/index.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'
const ranks: Record<LogLevel, number> = { debug: 0, info: 1, warn: 2, error: 3 }

/**
 * A log of one JSON object a line: `{"time", "level", "message", …fields}`. `write` gets each line
 * with its line feed; times are ISO 8601 in UTC.
 */
export function createLog(options: { level: LogLevel; write(line: string): void; now(): number }): Log {
  const at = (level: LogLevel) => (message: string, fields: Record<string, unknown> = {}): void => {
    if (ranks[level] < ranks[options.level]) return
    options.write(`${JSON.stringify({ time: new Date(options.now()).toISOString(), level, message, ...fields })}\n`)
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
