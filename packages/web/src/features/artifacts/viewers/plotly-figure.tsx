import type { ReactNode } from 'react'
import { figurePage } from '../decode/plotly.ts'
import { useAsync } from '../use-async.ts'
import { plotlyLibrary } from './plotly-library.ts'
import { Waiting } from './problem.tsx'
import { SandboxFrame } from './sandbox-frame.tsx'

/** A Plotly figure (its JSON) in the sandbox. */
export function PlotlyFigure({ figure, title }: { figure: string; title: string }): ReactNode {
  const { value, error } = useAsync(figure, async () => figurePage(figure, await plotlyLibrary()))
  if (error !== undefined) return <p className="error" role="alert">{error}</p>
  return value === undefined ? <Waiting /> : <SandboxFrame title={title} html={value} />
}
