import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app/app.tsx'
import './ui/tokens.css'
import './ui/components.css'
import './ui/app.css'

createRoot(document.getElementById('root')!).render(<StrictMode><App /></StrictMode>)
