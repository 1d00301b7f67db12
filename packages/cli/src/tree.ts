import type { Tree } from './framework/command.ts'

/** Every command, loaded when it is asked for. A test holds it to the files under `commands/`. */
export const tree: Tree = {
  server: () => import('./commands/server.ts'),
  run: () => import('./commands/run.ts'),
  rerun: () => import('./commands/rerun.ts'),
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
      tail: () => import('./commands/runs/tail.ts'),
      delete: () => import('./commands/runs/delete.ts'),
      restore: () => import('./commands/runs/restore.ts'),
    },
  },
  artifacts: {
    summary: 'List, download, upload and delete the artifacts of runs.',
    commands: {
      list: () => import('./commands/artifacts/list.ts'),
      download: () => import('./commands/artifacts/download.ts'),
      upload: () => import('./commands/artifacts/upload.ts'),
      delete: () => import('./commands/artifacts/delete.ts'),
    },
  },
  models: {
    summary: 'The registry: models, versions, aliases, stages, and the way back.',
    commands: {
      list: () => import('./commands/models/list.ts'),
      search: () => import('./commands/models/search.ts'),
      show: () => import('./commands/models/show.ts'),
      create: () => import('./commands/models/create.ts'),
      register: () => import('./commands/models/register.ts'),
      alias: () => import('./commands/models/alias.ts'),
      stage: () => import('./commands/models/stage.ts'),
      rollback: () => import('./commands/models/rollback.ts'),
      audit: () => import('./commands/models/audit.ts'),
      download: () => import('./commands/models/download.ts'),
      inspect: () => import('./commands/models/inspect.ts'),
      predict: () => import('./commands/models/predict.ts'),
      serve: () => import('./commands/models/serve.ts'),
      verify: () => import('./commands/models/verify.ts'),
      profile: () => import('./commands/models/profile.ts'),
      'generate-dockerfile': () => import('./commands/models/generate-dockerfile.ts'),
      'build-docker': () => import('./commands/models/build-docker.ts'),
      'build-oci': () => import('./commands/models/build-oci.ts'),
      push: () => import('./commands/models/push.ts'),
      delete: () => import('./commands/models/delete.ts'),
    },
  },
  webhooks: {
    summary: 'Addresses that are called when something happens in the registry, and how it went.',
    commands: {
      list: () => import('./commands/webhooks/list.ts'),
      show: () => import('./commands/webhooks/show.ts'),
      create: () => import('./commands/webhooks/create.ts'),
      update: () => import('./commands/webhooks/update.ts'),
      delete: () => import('./commands/webhooks/delete.ts'),
      test: () => import('./commands/webhooks/test.ts'),
      log: () => import('./commands/webhooks/log.ts'),
    },
  },
  endpoints: {
    summary: 'Which versions of a model answer under a name: split, try, promote, go back.',
    commands: {
      create: () => import('./commands/endpoints/create.ts'),
      list: () => import('./commands/endpoints/list.ts'),
      show: () => import('./commands/endpoints/show.ts'),
      'set-traffic': () => import('./commands/endpoints/set-traffic.ts'),
      promote: () => import('./commands/endpoints/promote.ts'),
      drift: () => import('./commands/endpoints/drift.ts'),
      rollback: () => import('./commands/endpoints/rollback.ts'),
      delete: () => import('./commands/endpoints/delete.ts'),
    },
  },
  users: {
    summary: 'Who may sign in to a server with accounts, and what they may do.',
    commands: {
      list: () => import('./commands/users/list.ts'),
      show: () => import('./commands/users/show.ts'),
      create: () => import('./commands/users/create.ts'),
      password: () => import('./commands/users/password.ts'),
      admin: () => import('./commands/users/admin.ts'),
      grant: () => import('./commands/users/grant.ts'),
      revoke: () => import('./commands/users/revoke.ts'),
      delete: () => import('./commands/users/delete.ts'),
    },
  },
  teams: {
    summary: 'Teams: users who have grants together.',
    commands: {
      list: () => import('./commands/teams/list.ts'),
      show: () => import('./commands/teams/show.ts'),
      create: () => import('./commands/teams/create.ts'),
      add: () => import('./commands/teams/add.ts'),
      remove: () => import('./commands/teams/remove.ts'),
      grant: () => import('./commands/teams/grant.ts'),
      revoke: () => import('./commands/teams/revoke.ts'),
      quota: () => import('./commands/teams/quota.ts'),
      delete: () => import('./commands/teams/delete.ts'),
    },
  },
  workspaces: {
    summary: 'Parts of a server with experiments, models and members of their own.',
    commands: {
      list: () => import('./commands/workspaces/list.ts'),
      show: () => import('./commands/workspaces/show.ts'),
      create: () => import('./commands/workspaces/create.ts'),
      update: () => import('./commands/workspaces/update.ts'),
      delete: () => import('./commands/workspaces/delete.ts'),
      quota: () => import('./commands/workspaces/quota.ts'),
    },
  },
  mirror: {
    summary: 'The server that everything is written to as well.',
    commands: {
      status: () => import('./commands/mirror/status.ts'),
    },
  },
  tokens: {
    summary: 'Tokens to sign in with, for machines and programs.',
    commands: {
      list: () => import('./commands/tokens/list.ts'),
      create: () => import('./commands/tokens/create.ts'),
      delete: () => import('./commands/tokens/delete.ts'),
    },
  },
  audit: () => import('./commands/audit.ts'),
  gc: () => import('./commands/gc.ts'),
  import: {
    summary: 'Come from elsewhere: bring everything from another tracker.',
    commands: {
      mlflow: () => import('./commands/import/mlflow.ts'),
    },
  },
  db: {
    summary: 'The database of a server: back up, restore, check, bring up to date.',
    commands: {
      backup: () => import('./commands/db/backup.ts'),
      restore: () => import('./commands/db/restore.ts'),
      check: () => import('./commands/db/check.ts'),
      migrate: () => import('./commands/db/migrate.ts'),
    },
  },
  export: {
    summary: 'Take everything out: Parquet files for other programs, or back to MLflow.',
    commands: {
      mlflow: () => import('./commands/export/mlflow.ts'),
      parquet: () => import('./commands/export/parquet.ts'),
    },
  },
  completion: () => import('./commands/completion.ts'),
}
