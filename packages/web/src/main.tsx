import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { readEmbed } from './app/embed.ts'
import { App } from './app/app.tsx'
import './ui/tokens.css'
import './ui/components.css'
import './ui/app.css'

readEmbed()
createRoot(document.getElementById('root')!).render(<StrictMode><App /></StrictMode>)
