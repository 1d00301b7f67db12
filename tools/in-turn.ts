export interface Turn {
  write(text: Buffer | string): void
  /** Nothing more comes: the next in line is heard. */
  end(): void
}

/** Lets several speak to one output at once: one is heard as it speaks, the others when those before them have ended. */
export function inTurn(count: number, write: (text: Buffer | string) => void): Turn[] {
  let heard = 0
  const speakers = Array.from({ length: count }, () => ({ waiting: [] as (Buffer | string)[], ended: false }))
  return speakers.map((speaker, at) => ({
    write(text): void {
      if (at === heard) write(text)
      else speaker.waiting.push(text)
    },
    end(): void {
      speaker.ended = true
      while (heard < count && speakers[heard]!.ended) {
        heard += 1
        for (const text of speakers[heard]?.waiting.splice(0) ?? []) write(text)
      }
    },
  }))
}
