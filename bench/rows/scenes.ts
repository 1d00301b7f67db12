import { artifacts } from './artifacts.ts'
import { disk } from './disk.ts'
import { fresh } from './fresh.ts'
import { large } from './large.ts'
import { project } from './project.ts'
import type { Scene } from './scene.ts'
import { medium, small } from './search.ts'
import { start } from './start.ts'

export const scenes: readonly Scene[] = [start, project, fresh, disk, small, medium, large, artifacts]
