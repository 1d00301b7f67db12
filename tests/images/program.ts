import { buildBundle } from '../../tools/build.ts'

let built: Promise<void> | undefined

/** Makes `packages/cli/dist` from the source as it is now, which is what goes into images. */
export const builtProgram = (): Promise<void> => built ??= buildBundle()
