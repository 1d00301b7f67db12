import { getCurrentUser, getUserPermission } from '@cairn/protocol'
import { client, useLoaded } from '../../app/server.ts'
import { hasAccounts } from '../../app/who.ts'

/** Whether whoever looks may change a model and its endpoints; not before it is known. */
export function useMayEdit(model: string | undefined): boolean {
  const { data } = useLoaded(`may edit ${model ?? ''}`, async () => {
    if (!hasAccounts()) return true
    if (model === undefined || model === '') return false
    const { user: { username } } = await client.call(getCurrentUser, {})
    const { permission } = await client.call(getUserPermission, { username, resource_type: 'registered_model', resource_id: model })
    return permission === 'EDIT' || permission === 'MANAGE'
  })
  return data === true
}
