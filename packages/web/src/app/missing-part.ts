/** What browsers say of a piece of the page's code that they could not fetch: the server is away, or has become another version. */
export const isMissingPart = (error: unknown): boolean => error instanceof Error && /dynamically imported module|importing a module script failed|unable to preload css/i.test(error.message)

/** In some browsers a piece that failed stays failed for as long as the page is open: it is opened anew, as soon as the server answers. Answers whether that is so. */
export async function openAnew(): Promise<boolean> {
  const answer = await fetch(location.href, { cache: 'no-store', headers: { accept: 'text/html' } }).catch(() => undefined)
  if (answer?.ok !== true) return false
  location.reload()
  return true
}
