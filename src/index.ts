export { distill as default } from './plugin.ts'
export { DistillError, type ErrorCode } from './errors.ts'
export type { Manifest, ManifestFile, ManifestHeader } from './manifest.ts'
export type { DirectoryTarget, DistillOptions, Layout, S3Target, Target } from './options.ts'
