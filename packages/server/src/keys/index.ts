export { findKey, internKeys, keysMigrations } from './keys-store.ts'
