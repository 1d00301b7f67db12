/** Writes docs/differences.md from the table: `node --conditions=source tests/differential/differences-page.ts`. */
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { deliberate } from './deliberate.ts'

export const pagePath = fileURLToPath(new URL('../../docs/differences.md', import.meta.url))

export function differencesPage(): string {
  const rows = deliberate.map(row =>
    `## ${row.title}\n\n- MLflow: ${row.mlflow}\n- Cairn: ${row.cairn}\n- Why: ${row.reason}\n${row.notShown ? `- Not in the differential test: ${row.notShown}\n` : ''}`)
  return `# Where Cairn answers otherwise than MLflow

Cairn answers MLflow's clients as MLflow 3.17.2 does, with the same statuses, error codes and messages. \`tests/differential\` sends the same requests to both servers and compares; what differs on purpose is listed here, and anything else that differs fails that test.

This page is written from the tables in \`tests/differential/deliberate\`.

${rows.join('\n')}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(pagePath, differencesPage())
