/** The commands of the package manager that started this, as `npm_config_user_agent` names it. */
export function packageManager(userAgent = ''): { install: string; run: string } {
  const [, name = 'npm'] = /^(pnpm|yarn|bun)\//.exec(userAgent) ?? []
  return { install: `${name} install`, run: `${name} run` }
}
