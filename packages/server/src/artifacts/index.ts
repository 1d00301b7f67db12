export { artifactRoutes, type ArtifactDeps } from './routes.ts'
export { listArtifacts, proxiedPath, type ArtifactChange, type ArtifactListing, type ArtifactLookups } from './artifacts.ts'
export { openArtifactRoots, resolveLocation, StorageRefused, type ArtifactRoots, type ArtifactSettings, type Place } from './locations.ts'
