/** Takes a step in a process of its own, which may be killed: its argument is a JSON of what the step takes. */
import { distill } from '../../../dist/render/distill.js'
import { mergeShards } from '../../../dist/render/shards/merge.js'
import { planPages } from '../../../dist/render/shards/plan.js'
import { renderShard } from '../../../dist/render/shards/render-shard.js'
import { resolveOptions } from '../../../dist/options.js'

const { step, options, place, ...input } = JSON.parse(process.argv[2])
const steps = { distill, plan: planPages, shard: renderShard, merge: mergeShards }
await steps[step]({ ...input, env: process.env, options: resolveOptions(options, place) })
