import type { FileSource } from '../decode/table.ts'
import type { Entry, Shelf } from '../shelf.ts'

export interface ViewerProps {
  readonly shelf: Shelf
  readonly file: FileSource
  /** Files of the same folder. */
  readonly siblings: readonly Entry[]
  /** The line that the address points at, from 1. */
  readonly line: number | undefined
  hrefOfLine(line: number): string
  /** The page of another file of the shelf. */
  hrefOf(path: string): string
}
