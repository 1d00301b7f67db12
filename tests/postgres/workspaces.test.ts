// The same bodies as on SQLite, on the database that this run is about.
import '../../packages/server/src/main/workspaces.test.ts'
