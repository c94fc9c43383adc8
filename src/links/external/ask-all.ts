import { setTimeout as sleep } from 'node:timers/promises'
import type { AnswerCache } from './answer-cache.ts'
import { type Answer, type Reply, ask } from './ask.ts'

const together = 8
const togetherOfHost = 2
/** How many times an address is asked whose server asks to wait, and how many addresses of a host that is silent. */
const attempts = 3

export interface AskOptions {
  /** Milliseconds that one request may take. */
  timeout: number
  /** Milliseconds. A host that asks for a longer wait is not asked again. */
  longestWait: number
  /** Whether an address that another redirects to is asked too. */
  isAsked: (address: string) => boolean
  /** Answers of the last day, which are not asked for, and where good ones are kept. */
  cache: AnswerCache
  /** Called with each address that is done. */
  onAnswer: (address: string) => void
}

/** A host, with the addresses that it still has to be asked for. */
interface Host {
  waiting: string[]
  asked: number
  /** It has asked to wait. */
  resting: boolean
  /** Addresses without an answer, since its last one. */
  silent: number
}

/** Asks each address once, and those that they redirect to: 8 at a time, and 2 of a host. */
export async function askAll(addresses: Iterable<string>, options: AskOptions): Promise<Map<string, Answer>> {
  const { timeout, longestWait, isAsked, cache, onAnswer } = options
  const answers = new Map<string, Answer>()
  const hosts = new Map<string, Host>()
  const known = new Set<string>()
  const waits = new Map<string, number>()
  const running = new Set<Promise<void>>()
  const rests = new Set<Promise<void>>()

  const add = (address: string) => {
    if (known.has(address)) return
    known.add(address)
    const remembered = cache.get(address)
    if (remembered) return settle(address, remembered)
    const { host: name } = new URL(address)
    const host = hosts.get(name)
    if (host) host.waiting.push(address)
    else hosts.set(name, { waiting: [address], asked: 0, resting: false, silent: 0 })
  }

  const settle = (address: string, answer: Answer) => {
    answers.set(address, answer)
    onAnswer(address)
    if (answer.location !== undefined && isAsked(answer.location)) add(answer.location)
  }

  const rest = async (host: Host, ms: number) => {
    host.resting = true
    await sleep(ms)
    host.resting = false
  }

  const answered = (host: Host, address: string, { retryAfter, ...answer }: Reply) => {
    const tries = (waits.get(address) ?? 0) + 1
    if (retryAfter !== undefined && retryAfter <= longestWait && tries < attempts) {
      waits.set(address, tries)
      host.waiting.unshift(address)
      if (!host.resting) track(rests, rest(host, retryAfter))
      return
    }
    cache.add(address, answer)
    settle(address, answer)
    host.silent = answer.status === undefined ? host.silent + 1 : 0
    // A host that still asks to wait, or is silent, is asked for nothing else.
    if (retryAfter !== undefined || host.silent >= attempts) {
      for (const other of host.waiting.splice(0)) settle(other, answer)
    }
  }

  const askOne = async (host: Host, address: string) => {
    host.asked++
    const reply = await ask(address, timeout)
    host.asked--
    answered(host, address, reply)
  }

  for (const address of addresses) add(address)
  for (;;) {
    for (const host of hosts.values()) {
      while (running.size < together && host.asked < togetherOfHost && !host.resting && host.waiting.length)
        track(running, askOne(host, host.waiting.shift()!))
    }
    if (running.size + rests.size === 0) return answers
    await Promise.race([...running, ...rests])
  }
}

/** Keeps a promise in a set until it is settled. */
function track(set: Set<Promise<void>>, work: Promise<void>): void {
  const tracked = work.finally(() => set.delete(tracked))
  set.add(tracked)
}
