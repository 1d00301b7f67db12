// The same bodies as on SQLite, on the database that this run is about.
import '../auth/audit.test.ts'
import '../auth/departed.test.ts'
import '../auth/permissions.test.ts'
