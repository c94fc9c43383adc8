/** A workflow command as GitHub's runner has it. */
export interface WorkflowCommand {
  name: string
  properties: Record<string, string>
  message: string
}

const commands = [
  'error',
  'warning',
  'notice',
  'add-mask',
  'add-path',
  'set-env',
  'set-output',
  'stop-commands',
]

/**
 * The workflow commands in an output, found as the runner does: `::name a=b,c=d::message` at the start of a line, and
 * the older `##[name a=b;c=d]message` anywhere in one. It compares like a person reads: what is not seen does not count.
 */
export const commandsIn = (output: string): WorkflowCommand[] =>
  output.split(/\r\n|\r|\n/).flatMap((line) => {
    const seen = line.replace(/[\p{Cf}\p{M}]/gu, '').replace(/^[\s\p{Z}]+/u, '')
    const [, name = '', given = '', message = ''] =
      /^::([^ ]*?)(?: (.*?))?::(.*)$/.exec(seen) ?? /##\[([^ \]]*)(?: (.*?))?\](.*)$/.exec(seen) ?? []
    if (!commands.includes(name.toLowerCase())) return []
    const properties = given
      .split(',')
      .map((pair) => pair.split(/=(.*)/s))
      .filter(([, value]) => value)
      .map(([key, value]) => [key, unescape(value!)])
    return {
      name,
      properties: Object.fromEntries(properties) as Record<string, string>,
      message: unescape(message),
    }
  })

const unescape = (text: string) =>
  text
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%3A', ':')
    .replaceAll('%2C', ',')
    .replaceAll('%25', '%')
