import { Component, type ReactNode } from 'react'
import { Button } from '../../ui/button.tsx'
import { words } from './words.ts'

interface State {
  readonly error: Error | undefined
}

/** A page that throws takes nothing else with it. React has no other form for this than a class. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode }, State> {
  override readonly state: State = { error: undefined }

  static getDerivedStateFromError(error: Error): State {
    return { error }
  }

  override render(): ReactNode {
    const { error } = this.state
    if (error === undefined) return this.props.children
    return (
      <div className="empty" role="alert">
        <strong>{words.failed}</strong>
        <p className="mono">{error.message}</p>
        <Button icon="refresh" onClick={() => this.setState({ error: undefined })}>{words.again}</Button>
      </div>
    )
  }
}
