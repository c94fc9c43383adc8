export { distill as default } from './vite/plugin.ts'
export {
  publish,
  publishPages,
  releases,
  rollback,
  testPublish,
  unpublish,
  type PublishOptions,
  type PublishPagesOptions,
  type RollbackOptions,
  type PublishWhere,
  type TestPublishOptions,
  type UnpublishOptions,
} from './api.ts'
export type { CdnOptions } from './cdn-options.ts'
export { DistillError, type ErrorCode } from './errors.ts'
export {
  BackendError,
  type Backend,
  type CopyOptions,
  type FailureKind,
  type PutOptions,
  type Retry,
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
  HostFile,
  Layout,
  S3Target,
  Target,
} from './options.ts'
export type { BuildReport, ReportData, ReportFile, ReportPlan } from './report/data.ts'
export type { Action, Change, Reason } from './publish/change.ts'
export { InterruptedError } from './publish/interrupted.ts'
export type { PublishFlags } from './publish/options.ts'
export type { PlainError, PublishResult } from './publish/result.ts'
export type {
  AzureFrontDoorPurge,
  CloudFrontPurge,
  CloudflarePurge,
  FastlyPurge,
  GoogleCloudCdnPurge,
  PurgeContext,
  PurgeFunction,
  PurgeOption,
} from './purge-options.ts'
export type { ListedRelease, ReleasesResult } from './publish/releases.ts'
export type { ReleaseChanges } from './publish/releases/release-changes.ts'
export type { EmittedFile, RenderedPage, RenderedSite } from './rendered-options.ts'
export { PagesFailedError, type FailedPage } from './render/failures.ts'
export type { Requests } from './publish/store/requester.ts'
export type { TestPublishResult, TestStep } from './publish/test-publish.ts'
export type { UnpublishFlags, UnpublishResult } from './publish/unpublish-result.ts'
export { UnverifiedError, type Mismatch } from './publish/verify/verify.ts'
export type { CompressRule, Encoding, HeaderRule, KeepAssets, TargetOptions } from './target-options.ts'
