import type { BuildReport, ReportPlan } from './data.ts'

/** Takes out of a text what must not leave this machine: secrets, and its paths. */
export type Clean = (text: string) => string

type Told = Pick<BuildReport, 'notices' | 'warnings' | 'failure'>

/** Cleans what a build says in words. Keys, URLs and headers are those that visitors see. */
export function cleanedBuild<T extends Told>(build: T, clean: Clean): T {
  const { notices, warnings, failure } = build
  return {
    ...build,
    notices: notices.map(clean),
    warnings: warnings.map(clean),
    failure: failure && {
      ...cleanedError(failure, clean),
      pages: failure.pages?.map(({ message, stack, ...page }) => ({
        ...page,
        message: clean(message),
        stack: stack && clean(stack),
      })),
    },
  }
}

/** Cleans what a plan says in words. */
export const cleanedPlan = (plan: ReportPlan, clean: Clean): ReportPlan => ({
  ...plan,
  to: clean(plan.to),
  notices: plan.notices.map(clean),
  refused: plan.refused && cleanedError(plan.refused, clean),
})

const cleanedError = <T extends { message: string; hint?: string }>(error: T, clean: Clean): T => ({
  ...error,
  message: clean(error.message),
  hint: error.hint && clean(error.hint),
})
