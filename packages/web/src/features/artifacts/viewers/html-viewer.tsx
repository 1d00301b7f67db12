import type { ReactNode } from 'react'
import { wantsPlotly, withPlotly } from '../decode/plotly.ts'
import { readWhole } from '../decode/table.ts'
import { pageOf } from '../decode/text.ts'
import { baseName, beside, folderOf } from '../shelf.ts'
import { useAsync } from '../use-async.ts'
import { plotlyLibrary } from './plotly-library.ts'
import { Problem, Waiting } from './problem.tsx'
import { SandboxFrame } from './sandbox-frame.tsx'
import type { ViewerProps } from './viewer.ts'
import { words } from '../words.ts'

export function HtmlViewer({ shelf, file, hrefOf }: ViewerProps): ReactNode {
  const { value, error } = useAsync(`${shelf.key} ${file.name} ${file.size}`, async () => {
    const html = pageOf(await readWhole(file, 64 * 2 ** 20))
    return wantsPlotly(html) ? withPlotly(html, await plotlyLibrary()) : html
  })
  if (error !== undefined) return <Problem error={error} url={shelf.url(file.name)} />
  return value === undefined ? <Waiting /> : <SandboxFrame title={words.page(baseName(file.name))} html={value} open={(path) => hrefOf(beside(folderOf(file.name), path))} />
}
