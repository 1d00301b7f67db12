/** One page of a search. */
export interface Page<T> {
  readonly items: readonly T[]
  readonly next_page_token?: string | undefined
}

/** Item after item over all pages; each page is asked for when the one before is used up. */
export async function* overPages<T>(fetchPage: (token: string | undefined) => Promise<Page<T>>): AsyncGenerator<T> {
  let token: string | undefined
  do {
    const page = await fetchPage(token)
    yield* page.items
    token = page.next_page_token
  } while (token !== undefined && token !== '')
}
