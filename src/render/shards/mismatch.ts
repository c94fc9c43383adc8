import { relative } from 'node:path'
import { DistillError } from '../../errors.ts'
import { type FingerprintInput, changedParts, fingerprintOf } from '../cache/fingerprint.ts'
import type { Plan } from '../plan-file.ts'

/**
 * Refuses to go on with anything else than what was planned with: the shards would be parts of different sites.
 * @throws {DistillError} `PLAN_MISMATCH`
 */
export function refuseOtherBuild({ header }: Plan, here: FingerprintInput): void {
  const other = changedParts(header.fingerprint, fingerprintOf(here))
  if (other.length === 0) return
  const { planFile, root } = here.options
  throw new DistillError(
    'PLAN_MISMATCH',
    `\`${relative(root, planFile)}\` was made with something else than is here: ${other.join('; ')}`,
    {
      hint: 'Every shard and the merge need the build, the packages, the config and the environment of `vite-distill plan`. Bring them here, or plan again.',
    },
  )
}
