import type { ReactNode } from 'react'
import { listWorkspaces, workspaceInPath, workspacePath } from '@cairn/protocol'
import { prefix } from '../../app/router.ts'
import { client, useLoaded } from '../../app/server.ts'
import { Icon } from '../../ui/icon.tsx'
import { Menu } from '../../ui/menu.tsx'
import { words } from './words.ts'
import './workspace-switch.css'

const usual = 'default'
/** Where the server begins, on a server that has workspaces: they are paths below it. */
const root = document.documentElement.dataset['workspaces']

/** The workspace that the page is in, and the others that somebody may see; nothing on a server without workspaces. */
export const WorkspaceSwitch = (): ReactNode => (root === undefined ? null : <Switch root={root} />)

function Switch({ root }: { root: string }): ReactNode {
  const { data = [] } = useLoaded('workspaces', async () => (await client.call(listWorkspaces, {})).workspaces ?? [])
  const here = workspaceInPath(prefix.slice(root.length))?.name ?? usual
  const names = [...new Set([here, ...data.map(({ name }) => name)])].sort((a, b) => Number(b === usual) - Number(a === usual) || (a < b ? -1 : 1))
  const visit = (name: string) => (): void => location.assign(`${root}${name === usual ? '' : workspacePath(name)}/`)
  return (
    <Menu label={words.workspace(here)} entries={names.map((name) => ({ label: name, checked: name === here, act: visit(name) }))}
      button={<button type="button" className="workspace-switch" aria-label={words.workspace(here)}><Icon name="folder" /><span>{here}</span><Icon name="down" /></button>} />
  )
}
