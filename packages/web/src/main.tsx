import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { readEmbed } from './app/embed.ts'
import { App, loadPage } from './app/app.tsx'
import { parsePlace } from './app/router.ts'
import './ui/tokens.css'
import './ui/components.css'
import './ui/app.css'

readEmbed()
// The page's code was asked for together with this: drawn once, not first without it.
void loadPage(parsePlace(location)).then(() => createRoot(document.getElementById('root')!).render(<StrictMode><App /></StrictMode>))
