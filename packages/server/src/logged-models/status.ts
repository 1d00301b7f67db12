import type { LoggedModelStatus } from '@cairn/protocol'

/** A status as it is stored and searched for; in the order of MLflow's numbers for them. */
export const statuses = ['UNSPECIFIED', 'PENDING', 'READY', 'FAILED'] as const
export type Status = (typeof statuses)[number]

const wire: Readonly<Record<Status, LoggedModelStatus>> = {
  UNSPECIFIED: 'LOGGED_MODEL_STATUS_UNSPECIFIED',
  PENDING: 'LOGGED_MODEL_PENDING',
  READY: 'LOGGED_MODEL_READY',
  FAILED: 'LOGGED_MODEL_UPLOAD_FAILED',
}

export const toWireStatus = (status: Status): LoggedModelStatus => wire[status]
export const fromWireStatus = (status: LoggedModelStatus): Status => statuses.find((one) => wire[one] === status)!

/** What a filter means by a status: a stored name, the name on the wire, or MLflow's number. */
export const searchedStatus = (text: string): string =>
  statuses.find((one, index) => one === text || wire[one] === text || String(index) === text) ?? text
