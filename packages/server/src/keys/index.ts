export { findKey, internKeys, keyNames, keysMigrations } from './keys-store.ts'
