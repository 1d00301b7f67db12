import { threadId } from 'node:worker_threads'
import { invalid } from '@cairn/protocol'
import { read, stream, write } from './types.ts'
import type { Migration } from './types.ts'

/** A table of words and the operations on it, for this folder's tests. */
export const testMigrations: Migration[] = [
  { name: 'test/0001-words', up: (dialect) => [`CREATE TABLE words (id ${dialect.id}, word TEXT NOT NULL UNIQUE, size BIGINT)`] },
  { name: 'test/0002-again', up: () => ['CREATE TABLE again (word TEXT NOT NULL)'] },
]

export const addWord = write('test.addWord', async (tx, input: { word: string; size?: number | bigint; failAfter?: boolean; returning?: boolean }) => {
  if (input.word === '') throw invalid('A word has letters.')
  const values = [input.word, input.size ?? input.word.length]
  if (input.returning) {
    const row = await tx.one<{ size: number | bigint }>('INSERT INTO words (word, size) VALUES (?, ?) RETURNING size', values)
    if (!input.failAfter) return { word: input.word, size: row!.size }
  } else await tx.run('INSERT INTO words (word, size) VALUES (?, ?)', values)
  if (input.failAfter) throw invalid('Failed after writing.')
  return { word: input.word }
})

/** Doing it twice shows. */
export const addAgain = write('test.addAgain', async (tx, { word }: { word: string }) => { await tx.run('INSERT INTO again (word) VALUES (?)', [word]) })
export const timesOf = read('test.timesOf', (tx, _input: null) => tx.rows<[word: string, times: number]>('SELECT word, count(*) FROM again GROUP BY word ORDER BY word'))

/** Goes on after an error of the database, as no operation should. */
export const swallowError = write('test.swallowError', async (tx, { word }: { word: string }) => {
  try {
    await tx.run('INSERT INTO words (word) VALUES (?), (?)', [word, word])
  } catch {
    return 'as if nothing had been'
  }
  return 'stored'
})

export const addReturningThenFail = write('test.addReturningThenFail', async (tx, input: { word: string }) => {
  await tx.one('INSERT INTO words (word, size) VALUES (?, 1) RETURNING id', [input.word])
  throw invalid('Failed after writing.')
})

export const wordsOf = read('test.words', async (tx, input: { like: string }) =>
  tx.all<{ word: string; size: number | bigint }>(`SELECT word, size FROM words WHERE ${tx.dialect.like('word')} ORDER BY id`, [input.like]))

export const allWords = stream('test.allWords', async function* (tx, _input: null) {
  for await (const [word] of tx.each<[string]>('SELECT word FROM words ORDER BY id')) yield new TextEncoder().encode(`${word}\n`)
})

/** In which thread it is asked. */
export const threadOf = read('test.threadOf', (_tx, _input: { short: boolean }) => threadId, ({ short }) => short)

/** Ends the thread that it is done in, as running out of memory does. */
const end = (): Promise<never> => new Promise(() => { setImmediate(() => { throw new Error('This thread ends here.') }) })
export const endReader = read('test.endReader', (_tx, _input: null): Promise<never> => end())
export const endWriter = write('test.endWriter', async (tx, { word }: { word: string }) => {
  await tx.run('INSERT INTO words (word) VALUES (?)', [word])
  return end()
})

export const testOperations = [addWord, addAgain, timesOf, swallowError, addReturningThenFail, wordsOf, allWords, threadOf, endReader, endWriter]
