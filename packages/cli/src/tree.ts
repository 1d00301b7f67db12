import type { Tree } from './framework/command.ts'

/** Every command, loaded when it is asked for. A test holds it to the files under `commands/`. */
export const tree: Tree = {
  experiments: {
    summary: 'List, find, show, create, rename, delete and restore experiments.',
    commands: {
      list: () => import('./commands/experiments/list.ts'),
      search: () => import('./commands/experiments/search.ts'),
      show: () => import('./commands/experiments/show.ts'),
      create: () => import('./commands/experiments/create.ts'),
      rename: () => import('./commands/experiments/rename.ts'),
      delete: () => import('./commands/experiments/delete.ts'),
      restore: () => import('./commands/experiments/restore.ts'),
    },
  },
  runs: {
    summary: 'List, find, show, follow, delete and restore runs.',
    commands: {
      list: () => import('./commands/runs/list.ts'),
      search: () => import('./commands/runs/search.ts'),
      show: () => import('./commands/runs/show.ts'),
      delete: () => import('./commands/runs/delete.ts'),
      restore: () => import('./commands/runs/restore.ts'),
    },
  },
  completion: () => import('./commands/completion.ts'),
}
