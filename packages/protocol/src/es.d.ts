// Of the ES2026 proposal that Node 26 has and TypeScript's library does not declare yet.
interface JSON {
  rawJSON(text: string): { readonly rawJSON: string }
}
