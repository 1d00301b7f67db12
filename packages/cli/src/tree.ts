import type { Tree } from './framework/command.ts'

/** Every command, loaded when it is asked for. A test holds it to the files under `commands/`. */
export const tree: Tree = {
  completion: () => import('./commands/completion.ts'),
}
