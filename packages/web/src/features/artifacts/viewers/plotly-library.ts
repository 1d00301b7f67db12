import libraryUrl from 'plotly.js-dist-min/plotly.min.js?url'
import { words } from '../words.ts'

let library: Promise<string> | undefined

/** Plotly as text, for the sandbox; fetched once, when a figure is first looked at. */
export function plotlyLibrary(): Promise<string> {
  library ??= fetch(libraryUrl).then(async (response) => {
    if (!response.ok) throw new Error(words.plotlyCouldNotBeLoaded(response.status))
    return response.text()
  })
  library.catch(() => { library = undefined })
  return library
}
