import { formatBytes } from '../framework/format.ts'
import type { Downloaded } from './download.ts'

export function downloadedText(files: readonly Downloaded[], folder: string): string {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  if (files.length === 0) return 'There was nothing to download.'
  return files.length === 1 ? `Downloaded ${files[0]!.path} (${formatBytes(bytes)}).` : `Downloaded ${files.length} files (${formatBytes(bytes)}) into ${folder}.`
}
