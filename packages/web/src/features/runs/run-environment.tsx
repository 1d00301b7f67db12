import { useEffect, useRef, useState, type ReactNode } from 'react'
import type { Run } from '@cairn/protocol'
import { client } from '../../app/server.ts'
import { useAsync } from '../artifacts/use-async.ts'
import { PairList } from './pair-list.tsx'
import { words } from './words.ts'

/** With what a run was made: its Python and its packages, from the files that it and its models keep. Read when one comes to it; nothing where there are none. */
export function RunEnvironment({ run }: { run: Run }): ReactNode {
  const [near, setNear] = useState(false)
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (near) return undefined
    const observer = new IntersectionObserver((entries) => { if (entries.at(-1)!.isIntersecting) setNear(true) })
    observer.observe(place.current!)
    return () => observer.disconnect()
  }, [near])
  const { info, outputs } = run
  const { value } = useAsync(`environment of ${info.run_id} ${outputs?.model_outputs?.length ?? 0} ${info.status} ${String(near)}`, async () => {
    if (!near) return undefined
    const { environmentOf, environmentRequest } = await import('./environment.ts')
    return environmentOf(run, await client.artifacts.read(environmentRequest([run])))
  })
  return <div ref={place} className="run-environment">{value !== undefined && value.size > 0 && <PairList title={words.environment} pairs={[...value].map(([name, version]) => ({ name, value: version, text: version }))} />}</div>
}
