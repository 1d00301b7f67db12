/** The first line of notes that is no heading, or else the first heading, without the marks of Markdown. */
export function firstLine(note: string): string {
  const lines = note.split('\n').filter((line) => line.trim() !== '')
  return (lines.find((line) => !/^\s*(?:#|[-=]{3})/.test(line)) ?? lines[0] ?? '').replaceAll(/^[#>*\-\s]+|[*_`]+/g, '').replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').trim()
}
