export { distill as default } from './plugin.ts'
export type { CdnOptions } from './cdn/options.ts'
export { DistillError, type ErrorCode } from './errors.ts'
export {
  BackendError,
  type Backend,
  type FailureKind,
  type PutOptions,
  type RewriteOptions,
  type Source,
  type StoredObject,
} from './backends/backend.ts'
export type { Manifest, ManifestFile, ManifestHeader } from './manifest.ts'
export type {
  AzureTarget,
  CustomTarget,
  DirectoryTarget,
  DistillOptions,
  GcsTarget,
  Layout,
  S3Target,
  Target,
} from './options.ts'
