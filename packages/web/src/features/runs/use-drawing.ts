import { useCallback, useMemo } from 'react'
import type { Look } from '@cairn/charts'
import { go, usePlaceQuery } from '../../app/router.ts'
import { lookOf } from '../../ui/looks.ts'
import { keepBook, openBook } from '../charts/looks.ts'
import { readDrawing, writeDrawing, type Drawing } from './drawing.ts'

export type ChangeDrawing = (next: Drawing, how?: 'push' | 'replace' | 'step') => void

/** Which runs are drawn and how, from the address, and the one way to change it. */
export function useDrawing(): [drawing: Drawing, change: ChangeDrawing] {
  const query = usePlaceQuery()
  const drawing = useMemo(() => readDrawing(new URLSearchParams(query)), [query])
  const change = useCallback<ChangeDrawing>((next, how = 'push') => {
    const search = new URLSearchParams(location.search)
    writeDrawing(next, search)
    go(`${location.pathname}${search.size === 0 ? '' : `?${search.toString()}`}`, how)
  }, [])
  // What else changes in the address changes nothing here.
  const name = JSON.stringify([drawing.only, drawing.shown, drawing.hidden, [...drawing.colors], drawing.first])
  return [useMemo(() => drawing, [name]), change]
}

/** The look of a run: the one that was chosen, else that of its id, which this browser remembers. */
export type LookOf = (id: string) => Look

/** Looks of the runs of a workspace. Those that can be drawn get theirs first, whether they are drawn or not: a run that is switched on changes no other. */
export function useLooks(workspace: string, ids: readonly string[], colors: Drawing['colors']): LookOf {
  const name = `cairn:looks:${workspace}`
  const book = useMemo(() => openBook(localStorage, name), [name])
  return useMemo(() => {
    book.take(ids)
    keepBook(localStorage, name, book)
    return (id) => {
      const chosen = colors.get(id)
      return chosen === undefined ? book.of(id) : lookOf(chosen)
    }
  }, [book, name, ids, colors])
}
