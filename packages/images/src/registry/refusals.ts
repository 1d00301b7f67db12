import { ImageError } from '../errors.ts'

/** What a registry says of an error, in its own words: https://github.com/opencontainers/distribution-spec/blob/main/spec.md#error-codes */
export async function answerText(response: Response): Promise<string> {
  const text = (await response.text().catch(() => '')).slice(0, 2000)
  try {
    const { errors = [] } = JSON.parse(text) as { errors?: { code?: string; message?: string }[] }
    const said = errors.map(({ code, message }) => [code, message].filter((part) => part !== undefined && part !== '').join(': ')).join('; ')
    if (said !== '') return said
  } catch { /* no JSON */ }
  return text.trim().split('\n')[0]!.slice(0, 200)
}

const fixes: Readonly<Record<number, string>> = {
  401: 'Log in: docker login (or podman login); its entry in ~/.docker/config.json is read. Look also at the spelling: some registries say the same of what is not there.',
  403: 'This account may not do that there. Look at the name of the repository, and at the rights of the account.',
  404: 'Look at the spelling of the repository and the tag. Some registries want a repository to be made first.',
  413: 'A proxy in front of the registry takes smaller pieces only: --chunk-mb 16',
  429: 'Too many requests: log in, or wait a while.',
}

/** @param said what the registry said, or what is wrong */
export const refused = (registry: string, status: number, said: string): ImageError =>
  new ImageError(`${registry} refuses (${status})${said === '' ? '' : `: ${said}`}.`.replace(/\.\.$/, '.'), fixes[status] ?? (status >= 500 ? 'The registry is not well. Try again later.' : undefined))
