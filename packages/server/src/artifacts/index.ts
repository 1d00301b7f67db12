export { artifactRoutes, type ArtifactDeps } from './routes.ts'
export { listArtifacts, type ArtifactChange, type ArtifactListing, type ArtifactLookups } from './artifacts.ts'
export { openArtifactRoots, resolveLocation, StorageRefused, type ArtifactRoots, type ArtifactSettings } from './locations.ts'
