/**
 * Who may import whom. `check-imports.ts` holds the source to these tables; a new edge is a
 * decision, so it is made here, in sight of a reviewer.
 */

/** Packages of this repository, by folder, and those that each may depend on. */
export const packages: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  sdk: ['protocol'],
  server: ['protocol'],
  environments: [],
  charts: [],
  serving: ['protocol', 'sdk', 'environments'],
  runner: ['protocol', 'sdk', 'environments'],
  images: ['environments', 'serving'],
  web: ['protocol', 'sdk', 'charts'],
  cli: ['protocol', 'sdk', 'server', 'environments', 'serving', 'runner', 'images'],
}

/** Packages that also run in browsers, Deno and Bun: no `node:` modules outside the files named. */
export const portable: Readonly<Record<string, RegExp>> = {
  protocol: /^$/,
  sdk: /^src\/node(?:\/|\.ts$|-)/,
  charts: /^$/,
  web: /^(?:vite\.config\.ts|build\/)/,
}

/** Slices of the server, and those that each may use through the other's `index.ts`. */
export const slices: Readonly<Record<string, readonly string[]>> = {
  live: [],
  audit: [],
  // The parts that experiments and models are kept in: below everything that keeps some.
  workspaces: ['audit'],
  pages: [],
  webhooks: ['audit', 'workspaces', 'live'],
  keys: [],
  metrics: ['keys', 'live'],
  names: [],
  // Users and what they may do stand below all that asks for it; how they sign in stands above.
  users: ['audit', 'workspaces'],
  // Pages without script: HTML, and what a form sent.
  forms: [],
  'sign-in': ['audit', 'users', 'workspaces', 'forms'],
  admin: ['audit', 'users', 'workspaces', 'sign-in', 'forms', 'quotas'],
  experiments: ['audit', 'workspaces', 'names', 'live', 'users'],
  // What these two need of a run is handed to them: a run's answer holds its inputs and outputs, so
  // the slice of runs stands above.
  datasets: ['experiments', 'names', 'live'],
  'logged-models': ['audit', 'workspaces', 'experiments', 'names', 'live'],
  runs: ['audit', 'users', 'workspaces', 'experiments', 'metrics', 'datasets', 'logged-models', 'keys', 'names', 'live'],
  artifacts: ['workspaces', 'experiments', 'runs', 'logged-models', 'live'],
  registry: ['users', 'workspaces', 'experiments', 'runs', 'logged-models', 'artifacts', 'audit', 'webhooks', 'names', 'live'],
  endpoints: ['registry', 'users', 'workspaces', 'audit', 'live'],
  // What the first pages show of everything.
  overview: ['experiments', 'runs', 'keys', 'users', 'workspaces'],
  // How runs were looked at.
  views: ['audit', 'experiments', 'users', 'workspaces', 'live'],
  // Who looks at the same page.
  presence: ['users', 'workspaces', 'live'],
  // What was said of runs, panels and versions.
  comments: ['audit', 'experiments', 'runs', 'registry', 'users', 'workspaces', 'live'],
  guard: ['users', 'workspaces', 'audit', 'artifacts', 'live', 'runs', 'experiments', 'logged-models', 'registry', 'endpoints', 'views', 'comments'],
  // Looks through what the others keep.
  maintenance: ['metrics'],
  // How much of everything a workspace may hold.
  quotas: ['workspaces', 'audit', 'metrics', 'artifacts'],
  // Removes for good what any of the others keeps.
  gc: ['experiments', 'runs', 'metrics', 'datasets', 'logged-models', 'artifacts', 'keys', 'audit', 'users', 'workspaces', 'comments', 'views', 'transfer'],
  // Brings in and takes out everything that the others keep.
  transfer: ['audit', 'workspaces', 'experiments', 'runs', 'metrics', 'datasets', 'logged-models', 'registry', 'artifacts', 'keys', 'names'],
  // Writes to another server what the others keep.
  mirror: ['transfer', 'metrics', 'artifacts'],
  graphql: ['experiments', 'runs', 'metrics', 'datasets', 'logged-models', 'artifacts', 'registry'],
}

/** Modules from outside that only one place may know. */
export const reserved: readonly { readonly module: RegExp; readonly only: RegExp; readonly why: string }[] = [
  { module: /^node:(?:http|https|http2)$/, only: /^packages\/server\/src\/platform\/(?:http|outbound)\/|^packages\/(?!server\/)|testing[\w-]*\.ts$|^(?:tests|tools|bench)\//, why: 'only platform/http answers requests and only platform/outbound sends them' },
  { module: /^@opentelemetry\//, only: /^packages\/server\/src\/platform\/tracing\//, why: 'only platform/tracing knows OpenTelemetry' },
  { module: /^(?:node:sqlite|kysely|pg|better-sqlite3)$/, only: /^packages\/server\/src\/platform\/db\//, why: 'only platform/db knows the database driver' },
]

/** The only files that may hold SQL. */
export const sqlFiles = /^packages\/server\/src\/(?:platform\/db\/|[a-z-]+\/(?:[a-z-]+-(?:store|view|tables)|store|view|tables|migrations)\.ts$|runs\/search\/)/

export const maxLines = 400
