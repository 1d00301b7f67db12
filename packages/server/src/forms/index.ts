export { complaintOf, formOf, withHeaders } from './form.ts'
export { html, page, redirect, style, type Html } from './html.ts'
export { words } from './words.ts'
export { isOurs, one, type Headers } from './ours.ts'
