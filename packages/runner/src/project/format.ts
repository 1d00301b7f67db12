import { ProjectError } from '../errors.ts'
import { pythonRepr } from '@cairn/environments'

/** Python's `shlex.quote`. */
export function shellQuote(text: string): string {
  if (text === '') return "''"
  return /[^\w@%+=:,./-]/u.test(text) ? `'${text.replaceAll("'", `'"'"'`)}'` : text
}

/**
 * Python's `template.format(**values)` for values that are text, which is how MLflow fills a command:
 * `{name}`, `{{` and `}}` for braces, conversions (`!r`) and the format language for text (`:>8.3`).
 */
export function formatCommand(template: string, values: Readonly<Record<string, string>>): string {
  let out = ''
  for (let at = 0; at < template.length;) {
    const char = template[at]!
    if ((char === '{' || char === '}') && template[at + 1] === char) {
      out += char
      at += 2
    } else if (char === '{') {
      const end = template.indexOf('}', at)
      if (end < 0) throw new ProjectError(`The command has a "{" without a "}": ${template}`, 'Write {{ for a brace that is meant as one.')
      out += field(template, template.slice(at + 1, end), values)
      at = end + 1
    } else if (char === '}') throw new ProjectError(`The command has a "}" without a "{": ${template}`, 'Write }} for a brace that is meant as one.')
    else {
      out += char
      at += 1
    }
  }
  return out
}

function field(template: string, inside: string, values: Readonly<Record<string, string>>): string {
  const [, name = '', conversion, spec = ''] = /^([^!:]*)(?:!([^:]))?(?::(.*))?$/s.exec(inside) ?? []
  if (!Object.hasOwn(values, name)) {
    const known = Object.keys(values)
    throw new ProjectError(
      `The command uses {${inside}}, and the entry point has no parameter "${name}": ${template}`,
      `${known.length === 0 ? 'It has no parameters' : `Its parameters are ${known.join(', ')}`}. Write {{${inside}}} for braces that are meant as such, for instance {{"lr": 1}}.`,
    )
  }
  const value = values[name]!
  if (conversion !== undefined && !'rsa'.includes(conversion)) throw new ProjectError(`The command uses {${inside}}, and Python's format has no conversion !${conversion}.`, 'Write the bare name.')
  return aligned(inside, conversion === undefined || conversion === 's' ? value : pythonRepr(value), spec)
}

function aligned(inside: string, value: string, spec: string): string {
  if (spec === '') return value
  const match = /^(?:(.)?([<>^]))?(0)?(\d+)?(?:\.(\d+))?s?$/su.exec(spec)
  if (match === null) throw new ProjectError(`The command uses {${inside}}, which formats no text.`, 'A value in a command is text: write the bare name.')
  const [, fill, align = '<', zero, width, precision] = match
  const text = precision === undefined ? value : [...value].slice(0, Number(precision)).join('')
  const missing = Number(width ?? 0) - [...text].length
  if (missing <= 0) return text
  const pad = fill ?? (zero === undefined ? ' ' : '0')
  if (align === '>') return pad.repeat(missing) + text
  if (align === '^') return pad.repeat(Math.floor(missing / 2)) + text + pad.repeat(Math.ceil(missing / 2))
  return text + pad.repeat(missing)
}
