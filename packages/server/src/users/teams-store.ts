import type { Reader, Writer } from '../platform/db/index.ts'

export interface TeamRow {
  readonly id: number
  readonly name: string
  readonly description: string
  /** Of the role that holds the team's grants. */
  readonly role_id: number
  readonly creation_time: number
}

export interface MemberRow {
  readonly user_id: number
  readonly username: string
  readonly manager: number
  readonly source: 'added' | 'sign-in'
}

const columns = 't.id, t.name, t.description, t.role_id, t.creation_time'

export const selectTeam = (tx: Reader, name: string) => tx.one<TeamRow>(`SELECT ${columns} FROM teams t WHERE t.name = ?`, [name])

export const selectTeams = (tx: Reader) => tx.all<TeamRow>(`SELECT ${columns} FROM teams t ORDER BY ${tx.dialect.bytewise('t.name')}`)

export const selectTeamsOf = (tx: Reader, userId: number) =>
  tx.all<TeamRow>(`SELECT ${columns} FROM teams t JOIN team_members m ON m.team_id = t.id WHERE m.user_id = ? ORDER BY ${tx.dialect.bytewise('t.name')}`, [userId])

export const selectMembers = (tx: Reader, teamId: number) => tx.all<MemberRow>(
  `SELECT m.user_id, u.username, m.manager, m.source FROM team_members m JOIN users u ON u.id = m.user_id WHERE m.team_id = ? ORDER BY ${tx.dialect.bytewise('u.username')}`, [teamId],
)

export const selectMembership = (tx: Reader, teamId: number, userId: number) =>
  tx.one<{ manager: number; source: string }>('SELECT manager, source FROM team_members WHERE team_id = ? AND user_id = ?', [teamId, userId])

export const insertTeam = (tx: Writer, row: Omit<TeamRow, 'id'>) => tx.one<{ id: number }>(
  'INSERT INTO teams (name, description, role_id, creation_time) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO NOTHING RETURNING id', [row.name, row.description, row.role_id, row.creation_time],
)

export async function deleteTeamRows(tx: Writer, teamId: number): Promise<void> {
  await tx.run('DELETE FROM team_members WHERE team_id = ?', [teamId])
  await tx.run('DELETE FROM teams WHERE id = ?', [teamId])
}

export const upsertMember = (tx: Writer, teamId: number, userId: number, manager: boolean, source: MemberRow['source']) => tx.run(
  `INSERT INTO team_members (team_id, user_id, manager, source) VALUES (?, ?, ?, ?)
    ON CONFLICT (team_id, user_id) DO UPDATE SET manager = excluded.manager, source = excluded.source`, [teamId, userId, manager ? 1 : 0, source],
)

export const deleteMember = (tx: Writer, teamId: number, userId: number) => tx.run('DELETE FROM team_members WHERE team_id = ? AND user_id = ?', [teamId, userId])

export const deleteMemberships = (tx: Writer, userId: number) => tx.run('DELETE FROM team_members WHERE user_id = ?', [userId])
