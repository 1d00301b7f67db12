import { getCurrentUser, getUserPermission, type ResourceType } from '@cairn/protocol'
import { client, useLoaded } from './server.ts'
import { hasAccounts } from './who.ts'

/** Whether whoever looks may change something; undefined until it is known, and false where it is not said what. */
export function useMayEdit(type: Extract<ResourceType, 'experiment' | 'registered_model'>, id: string | undefined): boolean | undefined {
  const { data } = useLoaded(`may edit ${type} ${id ?? ''}`, async () => {
    if (!hasAccounts()) return true
    if (id === undefined || id === '') return false
    const { user: { username, is_admin } } = await client.call(getCurrentUser, {})
    if (is_admin) return true
    const { permission } = await client.call(getUserPermission, { username, resource_type: type, resource_id: id })
    return permission === 'EDIT' || permission === 'MANAGE'
  })
  return hasAccounts() ? data : id !== undefined && id !== ''
}
