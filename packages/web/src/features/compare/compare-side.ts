import type { Entry, Shelf } from '../artifacts/shelf.ts'

/** One of two runs whose files of the same path stand beside each other. */
export interface Side { readonly name: string; readonly shelf: Shelf; readonly entry: Entry }
