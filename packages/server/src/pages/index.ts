export { pages, type Framing, type Pages } from './pages.ts'
