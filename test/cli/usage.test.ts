import { expect, test } from 'vitest'
import { repeatable, StrictCommand } from '../../src/cli/usage.ts'

test('a repeatable flag collects its values, one each time', () => {
  const command = new StrictCommand().argument('[rest...]').option('--only <glob>', '', repeatable)
  command.parse(['--only', 'posts/*', 'a', '--only=index'], { from: 'user' })
  expect(command.opts()).toEqual({ only: ['posts/*', 'index'] })
  expect(command.args).toEqual(['a'])
})
