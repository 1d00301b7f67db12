export { findKey, forgetUnusedKeys, internKeys, keyNames, keysMigrations, unusedKeys } from './keys-store.ts'
