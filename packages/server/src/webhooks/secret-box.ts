import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Keeps secrets unreadable in the database. The context binds a sealed text to its place. */
export interface SecretBox {
  seal(text: string, context: string): Promise<string>
  /** Throws where the text was sealed under another key or for another context. */
  open(sealed: string, context: string): Promise<string>
}

export interface SecretBoxOptions {
  /** 32 bytes in base64 (a Fernet key serves); without it a key is made and kept in `keyFile`. */
  readonly key: string | undefined
  readonly keyFile: string
}

const version = 'v1'

/** AES-256-GCM. The key is read, or made, when it is first needed. */
export function openSecretBox(options: SecretBoxOptions): SecretBox {
  const given = options.key === undefined ? undefined : decodeKey(options.key, 'MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY')
  let kept: Promise<Buffer> | undefined
  const key = (): Promise<Buffer> => given ? Promise.resolve(given) : kept ??= readOrMakeKey(options.keyFile).catch((error: unknown) => {
    kept = undefined
    throw error
  })
  return {
    async seal(text, context) {
      const nonce = randomBytes(12)
      const cipher = createCipheriv('aes-256-gcm', await key(), nonce).setAAD(Buffer.from(context))
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return [version, Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString('base64')].join('.')
    },
    async open(sealed, context) {
      const [known, body = ''] = sealed.split('.')
      if (known !== version) throw new Error('The secret was kept in a form that this server does not know.')
      const bytes = Buffer.from(body, 'base64')
      const decipher = createDecipheriv('aes-256-gcm', await key(), bytes.subarray(0, 12)).setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(12, 28))
      try {
        return Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString()
      } catch {
        throw new Error('The secret was kept under another key than the one this server has.')
      }
    },
  }
}

function decodeKey(text: string, where: string): Buffer {
  const key = Buffer.from(text.trim(), 'base64url')
  if (key.length !== 32) throw new Error(`${where} must hold 32 bytes in base64.`)
  return key
}

async function readOrMakeKey(file: string): Promise<Buffer> {
  const read = async (): Promise<Buffer> => decodeKey(await readFile(file, 'utf8'), file)
  try {
    return await read()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  await mkdir(dirname(file), { recursive: true })
  // Written whole and durable under another name first, then linked: never half a key, never a second one.
  const draft = `${file}.${randomBytes(6).toString('hex')}`
  const handle = await open(draft, 'wx', 0o600)
  try {
    await handle.writeFile(`${randomBytes(32).toString('base64url')}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
  try {
    await link(draft, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    await unlink(draft)
  }
  return read()
}
