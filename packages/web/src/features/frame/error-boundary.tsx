import { Component, type ReactNode } from 'react'
import { isMissingPart, openAnew } from '../../app/missing-part.ts'
import { Button } from '../../ui/button.tsx'
import { words } from './words.ts'

interface State {
  readonly error: Error | undefined
  /** Whether the server did not answer when it was tried again. */
  readonly away: boolean
}

/** A page that throws takes nothing else with it. React has no other form for this than a class. */
export class ErrorBoundary extends Component<{ readonly children: ReactNode; /** Told instead of shown: of what stands over the page. */ onError?(error: Error): void }, State> {
  override readonly state: State = { error: undefined, away: false }

  static getDerivedStateFromError(error: Error): Partial<State> {
    return { error }
  }

  override componentDidCatch(error: Error): void {
    this.props.onError?.(error)
  }

  readonly #again = (): void => {
    if (!isMissingPart(this.state.error)) return this.setState({ error: undefined })
    void openAnew().then((opened) => this.setState({ away: !opened }))
  }

  override render(): ReactNode {
    const { error, away } = this.state
    if (error === undefined) return this.props.children
    if (this.props.onError !== undefined) return null
    const missing = isMissingPart(error)
    return (
      <div className="empty" role="alert">
        <strong>{missing ? words.notLoaded : words.failed}</strong>
        {missing ? <p>{away ? words.stillAway : words.whyNotLoaded}</p> : <p className="mono">{error.message}</p>}
        <Button icon="refresh" onClick={this.#again}>{words.again}</Button>
      </div>
    )
  }
}
