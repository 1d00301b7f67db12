import type { Migration } from '../platform/db/index.ts'

export const userMigrations: Migration[] = [{
  name: 'users/0001-users',
  up: ({ id }) => [
    // Without a password: service accounts, and who signs in elsewhere.
    `CREATE TABLE users (
      id ${id},
      username TEXT NOT NULL UNIQUE,
      password_hash TEXT,
      is_admin BIGINT NOT NULL,
      kind TEXT NOT NULL,
      creation_time BIGINT NOT NULL
    )`,
    // Ids name a user's own role and stand in answers, so none is given twice.
    'CREATE TABLE user_ids (next BIGINT NOT NULL)',
    'INSERT INTO user_ids (next) VALUES (1)',
    `CREATE TABLE roles (
      id ${id},
      workspace TEXT NOT NULL,
      name TEXT NOT NULL,
      description TEXT,
      UNIQUE (workspace, name)
    )`,
    `CREATE TABLE role_permissions (
      id ${id},
      role_id BIGINT NOT NULL,
      resource_type TEXT NOT NULL,
      resource_pattern TEXT NOT NULL,
      permission TEXT NOT NULL,
      UNIQUE (role_id, resource_type, resource_pattern)
    )`,
    // A search asks of each row whether a role of the user names it.
    'CREATE INDEX role_permissions_by_resource ON role_permissions (resource_type, resource_pattern, role_id, permission)',
    `CREATE TABLE user_roles (
      id ${id},
      user_id BIGINT NOT NULL,
      role_id BIGINT NOT NULL,
      UNIQUE (user_id, role_id)
    )`,
    'CREATE INDEX user_roles_by_role ON user_roles (role_id, user_id)',
    // Grow with every change to who may sign in and to what is granted, so that servers know what they keep.
    'CREATE TABLE access_versions (credentials BIGINT NOT NULL, grants BIGINT NOT NULL)',
    'INSERT INTO access_versions (credentials, grants) VALUES (1, 1)',
  ],
}, {
  name: 'users/0002-teams',
  up: ({ id }) => [
    // What is granted to a team stands in a role of its own.
    `CREATE TABLE teams (
      id ${id},
      name TEXT NOT NULL UNIQUE,
      description TEXT NOT NULL,
      role_id BIGINT NOT NULL,
      creation_time BIGINT NOT NULL
    )`,
    // `source`: added by hand, or by a group where the user signs in.
    `CREATE TABLE team_members (
      team_id BIGINT NOT NULL,
      user_id BIGINT NOT NULL,
      manager BIGINT NOT NULL,
      source TEXT NOT NULL,
      PRIMARY KEY (team_id, user_id)
    )`,
    'CREATE INDEX team_members_by_user ON team_members (user_id, team_id)',
  ],
}]
