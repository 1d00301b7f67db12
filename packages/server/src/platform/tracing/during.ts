import type { Span } from './types.ts'

/** Ends a span with the work that it is of, however that ends. */
export async function during<T>(span: Span, work: Promise<T>, says?: (result: T) => void): Promise<T> {
  try {
    const result = await work
    says?.(result)
    span.end()
    return result
  } catch (error) {
    span.end(error)
    throw error
  }
}
