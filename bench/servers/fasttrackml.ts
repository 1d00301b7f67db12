import { join } from 'node:path'
import { fasttrackmlProgram, fasttrackmlVersion } from '../setup.ts'
import type { Peer } from './server.ts'

export async function fasttrackml(): Promise<Peer> {
  const program = await fasttrackmlProgram()
  return {
    name: 'fasttrackml',
    version: fasttrackmlVersion,
    how: 'fml server, SQLite (its own settings: not durable)',
    database: 'fml.db',
    command: (folder, port) => ({
      program,
      args: ['server', '--listen-address', `127.0.0.1:${port}`, '--database-uri', `sqlite://${join(folder, 'fml.db')}`, '--default-artifact-root', join(folder, 'artifacts'), '--log-level', 'error'],
      env: { ...process.env },
    }),
    isData: file => file.startsWith('fml.db'),
  }
}
