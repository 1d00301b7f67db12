import type { ReactNode } from 'react'
import { printed, useKnownShortcuts } from '../../app/shortcuts.ts'
import { Dialog } from '../../ui/over.ts'
import { words } from './words.ts'

/** Every key that does something on this page. */
export function KeyboardHelp({ onClose }: { onClose(): void }): ReactNode {
  const shortcuts = useKnownShortcuts()
  const places = [...new Set(shortcuts.map(({ where }) => where))].reverse()
  return (
    <Dialog title={words.help} wide onClose={onClose}>
      <div className="key-help">
        {places.map((where) => (
          <section key={where}>
            <h2>{where}</h2>
            <dl>{shortcuts.filter((shortcut) => shortcut.where === where).map(({ keys, what }) => <div key={keys + what}><dt>{printed(keys).split(' ').map((key, index) => <kbd key={index}>{key}</kbd>)}</dt><dd>{what}</dd></div>)}</dl>
          </section>
        ))}
      </div>
    </Dialog>
  )
}
