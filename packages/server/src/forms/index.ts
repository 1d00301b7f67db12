export { complaintOf, formOf, withHeaders } from './form.ts'
export { html, page, redirect, style, type Html } from './html.ts'
export { isOurs, one, type Headers } from './ours.ts'
