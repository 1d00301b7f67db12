export { Beside } from './beside.tsx'
export { Combobox, OptionList } from './choices.tsx'
export { Entries } from './entries.tsx'
export { Dialog } from './modal.tsx'
