export { openLocalStore, LocalStore } from './local-store.ts'
export { baseName, invalidPath, joinPath, parentPath, rootPath, safePath, type SafePath } from './path.ts'
export { maxPartNumber, type BodyOptions, type Entry, type Multipart, type ObjectInfo, type ObjectStore, type OpenObject, type Part, type PutOptions } from './store.ts'
export { zipStream, type ZipEntry } from './zip.ts'
