export { pages, type Pages } from './pages.ts'
