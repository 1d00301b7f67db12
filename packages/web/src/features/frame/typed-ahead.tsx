import { useLayoutEffect, type ReactNode, type RefObject } from 'react'

/** What was typed for a text field that is not there yet. */
export interface Typed {
  text: string
  /** Set by the field's owner once it is there. */
  show?: ((text: string) => void) | undefined
}

/** While a dialog with a text field is on its way, until the field has the keyboard: what is typed goes into `typed`, and to nobody else. */
export function TypedAhead({ typed }: { typed: RefObject<Typed> }): ReactNode {
  useLayoutEffect(() => {
    const take = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey || (event.target instanceof HTMLInputElement && event.target.closest('[role="dialog"]') !== null)) return
      if (event.key === 'Backspace') typed.current.text = typed.current.text.slice(0, -1)
      else if (event.key.length === 1) typed.current.text += event.key
      else return
      event.preventDefault()
      event.stopPropagation()
      typed.current.show?.(typed.current.text)
    }
    addEventListener('keydown', take, true)
    return () => removeEventListener('keydown', take, true)
  }, [typed])
  return null
}
