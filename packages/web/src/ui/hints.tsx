import { useEffect, useRef, useState, type ReactNode } from 'react'

interface Shown {
  readonly text: string
  readonly keys: string | undefined
  readonly anchor: Element
}

const waitMs = 350
const gap = 6

/**
 * The one hint of the page, for whatever has `data-hint` and is under the pointer or has the focus by
 * keyboard. A table with a hint of its own for every button spent a fifth of its first drawing on them.
 */
export function Hints(): ReactNode {
  const [shown, setShown] = useState<Shown>()
  const element = useRef<HTMLDivElement>(null)
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined
    let at: Element | undefined
    const hide = (): void => {
      clearTimeout(timer)
      at = undefined
      setShown(undefined)
    }
    const show = (anchor: Element, ms: number): void => {
      clearTimeout(timer)
      at = anchor
      timer = setTimeout(() => setShown({ text: anchor.getAttribute('data-hint') ?? '', keys: anchor.getAttribute('data-hint-keys') ?? undefined, anchor }), ms)
    }
    const over = (event: PointerEvent): void => {
      const anchor = event.pointerType === 'touch' ? null : (event.target as Element).closest('[data-hint]')
      if (anchor === null) hide()
      else if (anchor !== at) show(anchor, waitMs)
    }
    const focus = ({ target }: FocusEvent): void => {
      const anchor = target as Element
      if (anchor.hasAttribute('data-hint') && anchor.matches(':focus-visible')) show(anchor, 0)
      else hide()
    }
    const key = (event: KeyboardEvent): void => { if (event.key === 'Escape') hide() }
    const listeners = [['pointerover', over], ['focusin', focus], ['focusout', hide], ['pointerdown', hide], ['keydown', key], ['scroll', hide]] as [string, (event: Event) => void][]
    for (const [name, listener] of listeners) document.addEventListener(name, listener, { capture: true, passive: true })
    return () => {
      clearTimeout(timer)
      for (const [name, listener] of listeners) document.removeEventListener(name, listener, { capture: true })
    }
  }, [])
  useEffect(() => {
    const tip = element.current
    if (tip === null || shown === undefined || !shown.anchor.isConnected) return
    // In the layer above everything, whatever stands over the page.
    tip.showPopover()
    const [box, own] = [shown.anchor.getBoundingClientRect(), tip.getBoundingClientRect()]
    const below = box.bottom + gap + own.height <= innerHeight
    tip.style.left = `${Math.max(gap, Math.min(innerWidth - own.width - gap, box.left + (box.width - own.width) / 2))}px`
    tip.style.top = `${below ? box.bottom + gap : Math.max(gap, box.top - gap - own.height)}px`
    return () => tip.hidePopover()
  }, [shown])
  // What it says is the name or the description of its button already.
  return <div ref={element} className="tooltip" popover="manual" aria-hidden="true">{shown?.text}{shown?.keys !== undefined && <kbd>{shown.keys}</kbd>}</div>
}
