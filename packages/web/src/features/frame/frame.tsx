import { useEffect, useRef, useState, type ReactNode } from 'react'
import { useIsFetching, useQuery } from '@tanstack/react-query'
import { embedAddress, isEmbedded } from '../../app/embed.ts'
import { isMissingPart, openAnew } from '../../app/missing-part.ts'
import { lazyPart } from '../../ui/lazy-part.tsx'
import { go, href, prefix, usePlaceQuery, type Place } from '../../app/router.ts'
import { live, queries, useFreshness, useLive, useLiveState } from '../../app/server.ts'
import { printed, useKeyboard, useShortcuts } from '../../app/shortcuts.ts'
import { currentUser } from '../../app/who.ts'
import { Hint, IconButton } from '../../ui/button.tsx'
import { clockTime, duration, exact } from '../../ui/format.ts'
import { Hints } from '../../ui/hints.tsx'
import { Icon, type IconName } from '../../ui/icon.tsx'
import { Menu } from '../../ui/menu.tsx'
import { Mark } from '../../ui/parts.tsx'
import { setTheme, themes, useTheme } from '../../ui/theme.ts'
import { toast, Toasts } from '../../ui/toast.tsx'
import { PresenceBar } from '../presence/presence-bar.tsx'
import { presenceTarget } from '../presence/presence-target.ts'
import { copyLink } from '../share/link.ts'
import { words as share } from '../share/words.ts'
import { ErrorBoundary } from './error-boundary.tsx'
import { TypedAhead, type Typed } from './typed-ahead.tsx'
import { words } from './words.ts'
import { WorkspaceSwitch } from './workspace-switch.tsx'
import '../share/share.css'
import './frame.css'

const Palette = lazyPart(async () => (await import('../palette/palette.tsx')).Palette)
const CodeDialog = lazyPart(async () => (await import('../share/code-dialog.tsx')).CodeDialog)
const KeyboardHelp = lazyPart(async () => (await import('./keyboard-help.tsx')).KeyboardHelp)

const sections: readonly { readonly name: keyof typeof words.pages; readonly icon: IconName; readonly href: string; readonly pages: readonly Place['page'][] }[] = [
  { name: 'home', icon: 'home', href: href.home(), pages: ['home'] },
  { name: 'experiments', icon: 'flask', href: href.experiments(), pages: ['experiments', 'experiment', 'run', 'compare'] },
  { name: 'models', icon: 'box', href: href.models(), pages: ['models', 'model', 'version', 'logged-model'] },
  { name: 'endpoints', icon: 'serve', href: href.endpoints(), pages: ['endpoints', 'endpoint'] },
]

/** What stays while pages change. */
export function Frame({ place, children }: { place: Place; children: ReactNode }): ReactNode {
  const [open, setOpen] = useState<'palette' | 'help' | 'code'>()
  const typed = useRef<Typed>({ text: '' })
  const find = (): void => {
    typed.current = { text: '' }
    setOpen('palette')
  }
  useKeyboard()
  useUpToDate()
  useShortcuts([
    { keys: 'Mod+K', what: words.search, where: words.anywhere, act: find },
    { keys: '?', what: words.showTheseKeys, where: words.anywhere, act: () => setOpen('help') },
    { keys: 'g h', what: words.goHome, where: words.anywhere, act: () => go(href.home()) },
    { keys: '.', what: share.open, where: words.anywhere, act: () => setOpen('code') },
    { keys: 'y', what: share.copyLink, where: words.anywhere, act: copyLink },
    { keys: 'g e', what: words.goToExperiments, where: words.anywhere, act: () => go(href.experiments()) },
    { keys: 'g m', what: words.goToModels, where: words.anywhere, act: () => go(href.models()) },
    { keys: 'g s', what: words.goToEndpoints, where: words.anywhere, act: () => go(href.endpoints()) },
  ])
  if (isEmbedded()) {
    return (
      <>
        <main id="main" tabIndex={-1} data-page={place.page}>{children}</main>
        <footer><OpenHere /></footer>
        <Toasts />
        <Hints />
      </>
    )
  }
  return (
    <>
      <a className="skip" href="#main" data-plain="" onClick={(event) => { event.preventDefault(); (document.querySelector<HTMLElement>('[data-first]') ?? document.getElementById('main'))?.focus() }}>{words.skip}</a>
      <nav className="rail" aria-label={words.main}>
        <a className="brand" href={href.home()} aria-label={words.cairn}><Mark /></a>
        {sections.map(({ name, icon, href, pages }) => (
          <a key={name} href={href} className="rail-link" {...(pages.includes(place.page) && { 'aria-current': 'page' as const })}><Icon name={icon} /><span>{words.pages[name]}</span></a>
        ))}
      </nav>
      <header className="top">
        <WorkspaceSwitch />
        <div id="crumbs" className="crumbs-place" />
        <button type="button" className="find-anything" aria-keyshortcuts="Control+K Meta+K" onClick={find}><Icon name="search" /><span>{words.search}</span><kbd aria-hidden="true">{printed('Mod+K')}</kbd></button>
        {presenceTarget(place) !== undefined && <PresenceBar place={place} />}
        <LiveDot />
        <IconButton icon="code" label={share.open} shortcut="." onClick={() => setOpen('code')} />
        <IconButton icon="help" label={words.help} shortcut="?" onClick={() => setOpen('help')} />
        <ThemeMenu />
        {document.documentElement.dataset['accounts'] !== undefined && <WhoMenu />}
      </header>
      <main id="main" tabIndex={-1} data-page={place.page}>{children}</main>
      <Toasts />
      <Hints />
      {open === 'palette' && <TypedAhead typed={typed} />}
      <ErrorBoundary key={open ?? ''} onError={(error) => { setOpen(undefined); notLoaded(error) }}>
        {open === 'palette' && <Palette typed={typed} onClose={() => setOpen(undefined)} />}
        {open === 'code' && <CodeDialog place={place} onClose={() => setOpen(undefined)} />}
        {open === 'help' && <KeyboardHelp onClose={() => setOpen(undefined)} />}
      </ErrorBoundary>
    </>
  )
}

/** A dialog that could not be fetched may stay so while the page is open, which is opened anew if the server answers. */
function notLoaded(error: Error): void {
  const say = (): void => toast({ kind: 'bad', text: isMissingPart(error) ? words.stillAway : error.message })
  if (isMissingPart(error)) void openAnew().then((opened) => { if (!opened) say() })
  else say()
}

/** Out of another page, to what is shown there. */
function OpenHere(): ReactNode {
  usePlaceQuery()
  return <a className="embed-open" href={embedAddress(false)} target="_blank" rel="noopener"><Mark /><span>{share.openHere}</span></a>
}

/** Whether what is shown moves by itself, and how old it is. */
function LiveDot(): ReactNode {
  const state = useLiveState()
  const { lagMs, heardAt } = useFreshness()
  const since = (state === 'offline' || state === 'paused') && heardAt !== undefined
  const lag = state === 'live' && lagMs !== undefined ? duration(lagMs) : ''
  return (
    <Hint text={words.liveHint[state] + (since ? words.heardLast(exact(heardAt)) : lag === '' ? '' : words.onItsWay(lag))}>
      <span className="state" data-state={state} role="group" aria-label={words.freshness} tabIndex={0}>
        <span role="status">{words.live[state]}{since && <span className="state-since">{words.asOf(clockTime(heardAt))}</span>}</span>
        {/* It changes with everything that comes; nobody wants that read out. */}
        <span className="state-lag" aria-hidden="true">{lag}</span>
      </span>
    </Hint>
  )
}

/** What keeps the page true: it is read again after a gap, and the stream rests while nobody looks. */
function useUpToDate(): void {
  const reading = useIsFetching()
  useLive('frame', { types: ['experiment', 'registry'] }, (message) => {
    if (message.type === 'resync') void queries.invalidateQueries()
  })
  useEffect(() => { if (reading === 0) live.caughtUp() }, [reading])
  useEffect(() => {
    const look = (): void => live.setHidden(document.visibilityState === 'hidden')
    const retry = (): void => live.retry()
    const check = (): void => live.check()
    document.addEventListener('visibilitychange', look)
    addEventListener('online', retry)
    addEventListener('offline', check)
    return () => {
      document.removeEventListener('visibilitychange', look)
      removeEventListener('online', retry)
      removeEventListener('offline', check)
    }
  }, [])
}

/** Who is signed in, on a server with accounts. */
function WhoMenu(): ReactNode {
  const { data } = useQuery(currentUser)
  if (data === undefined) return null
  const visit = (path: string) => (): void => location.assign(`${prefix}/${path}`)
  return (
    <Menu label={words.who(data.username)} button={<button type="button" className="tool" aria-label={words.who(data.username)}><Icon name="person" /></button>}
      entries={[
        { label: words.account, icon: 'person', act: visit('account') },
        ...(data.is_admin ? [{ label: words.administration, icon: 'filter' as const, act: visit('admin') }] : []),
      ]} />
  )
}

const themeIcons = { system: 'screen', light: 'sun', dark: 'moon' } as const

function ThemeMenu(): ReactNode {
  const theme = useTheme()
  return (
    <Menu label={words.theme} button={<button type="button" className="tool" aria-label={`${words.theme}: ${words.themes[theme]}`}><Icon name={themeIcons[theme]} /></button>}
      entries={themes.map((name) => ({ label: words.themes[name], icon: themeIcons[name], act: () => setTheme(name) }))} />
  )
}
