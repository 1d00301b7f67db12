/** An image that cannot be made, pulled or pushed: what happened, and what to try. */
export class ImageError extends Error {
  readonly fix: string | undefined

  constructor(message: string, fix?: string) {
    super(message)
    this.name = 'ImageError'
    this.fix = fix
  }
}
