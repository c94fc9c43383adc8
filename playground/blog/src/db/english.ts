/** The texts of the English posts: 20 subjects in 9 forms, 180 posts. */

export interface Subject {
  name: string
  emoji: string
  tags: string[]
  /** Sentences on this subject only. Every post on it begins with them, in different orders. */
  sentences: [string, string, string, string]
}

export const author = 'Ines Marlowe'

/** `{s}` is the subject inside a sentence, `{S}` at its start, `{e}` its emoji. */
export const forms = [
  'In praise of {s}',
  'What {s} taught me about waiting',
  '{S}, slowly',
  'The arithmetic of {s}',
  'A year with {s}',
  'Letters about {s}',
  'Twelve questions about {s}',
  'What I got wrong about {s}',
  '{e} {S}, a diary',
]

/** Titles that break careless templates and file names, by the title that they replace. */
export const awkwardTitles: Record<string, string> = {
  'The arithmetic of sourdough': 'What $1 of flour is worth, and $& other sums',
  'Letters about a kitchen clock': 'Letters & replies: “is it <late>, or is it early?”',
  '🌱 Compost, a diary': '🌱🪱🍂',
  'Rye bread, slowly': "Don't rush the crumb — 100% rye, 0% hurry",
  'The arithmetic of coffee': '1/16, 1/15, 1/14: coffee by the numbers?',
  'A year with copper stills': 'C++ for stillmen: notation, #2',
}

export const headings = [
  'What the book says',
  'What the hands say',
  'A small experiment',
  'The second attempt',
  'On doing less',
  'A note on tools',
  'What it costs',
  'Keeping the thread',
  'Where it went wrong',
  'If you only try one thing',
]

export const subjects: Subject[] = [
  {
    name: 'sourdough',
    emoji: '🍞',
    tags: ['bread', 'fermentation'],
    sentences: [
      'The jar on the shelf is older than most of my friendships, and it asks for less: flour, water, and to be noticed.',
      'A starter does not rise on a schedule; it rises when the kitchen is ready, and the kitchen is ready when the weather says so.',
      'I fold the dough every half hour and write the time on the wall in pencil, which the landlord has agreed not to see.',
      'Cut too early, a loaf is only a promise with steam coming out of it.',
    ],
  },
  {
    name: 'green tea',
    emoji: '🍵',
    tags: ['tea'],
    sentences: [
      'Seventy degrees is not a number you can hear, but after some years the kettle tells you anyway.',
      'The first steeping is for the leaf, the second for the guest, and the third for whoever is left to talk to.',
      'Good leaves unroll like a letter that was folded by someone in no hurry.',
      'I used to drown them; now I pour as if the cup were asleep.',
    ],
  },
  {
    name: 'lavender water',
    emoji: '🪻',
    tags: ['herbs', 'kitchen garden'],
    sentences: [
      'You cut the stems before noon, when the oil has risen and the bees have had their share.',
      'The first cupful smells of the field, the second of the flower, and the third of the pot.',
      'It takes eleven armfuls to fill a bottle that fits in a coat pocket.',
      'Distilling is only patience with a condenser: you boil a hillside and keep what comes over.',
    ],
  },
  {
    name: 'iron-gall ink',
    emoji: '🖋️',
    tags: ['ink & paper'],
    sentences: [
      'It goes on grey as rain and turns black while you sleep.',
      'Oak galls, green vitriol, gum and water: four things that have nothing in common until they meet.',
      'The letters my great-grandmother sent are eaten through exactly where she pressed hardest.',
      'An ink that bites the page is a good teacher of spelling.',
    ],
  },
  {
    name: 'quinces',
    emoji: '🍐',
    tags: ['kitchen garden', 'herbs'],
    sentences: [
      'Raw, they are the least generous fruit in the orchard; cooked long enough, they blush.',
      'One bowl of them scents a room for a month and asks only to be turned on Sundays.',
      'No one has ever peeled a quince in a hurry and kept all their fingers on speaking terms.',
      'The paste sets when the spoon leaves a road behind it that stays open.',
    ],
  },
  {
    name: 'a cast-iron pan',
    emoji: '🍳',
    tags: ['field notes'],
    sentences: [
      'Mine came with the flat, under the sink, the colour of a shipwreck.',
      'It took one weekend to clean it and eleven years to make it smooth.',
      'Every meal leaves a page in it, and nothing is ever quite erased.',
      'Heat it slowly, and it forgives everything but soaking.',
    ],
  },
  {
    name: 'rye bread',
    emoji: '🌾',
    tags: ['bread', 'fermentation'],
    sentences: [
      'Rye does not stretch, it settles, and the baker had better do the same.',
      'Wrapped in cloth on Monday, it is at its best by Wednesday and still arguing on Friday.',
      'The dough feels like river mud and behaves like a sensible aunt.',
      'Caraway is not an ingredient here but an opinion.',
    ],
  },
  {
    name: 'bees',
    emoji: '🐝',
    tags: ['kitchen garden', 'field notes'],
    sentences: [
      'They do not make honey for us, and on cold mornings they say so.',
      'Put your ear to the box in February and the whole winter hums in one note.',
      'I plant borage where they fly low and keep the path clear where they fly fast.',
      'A hive is the only kitchen I know in which everyone is always on time.',
    ],
  },
  {
    name: 'handmade paper',
    emoji: '📜',
    tags: ['ink & paper'],
    sentences: [
      'Old shirts make the best sheets, which is a comfort to anyone with old shirts.',
      'You lift the mould, you shake it once, and the page decides.',
      'It dries on felt overnight and comes away with the sound of a small wave.',
      'Held to the window it shows everything that happened to it, like a face.',
    ],
  },
  {
    name: 'rosemary',
    emoji: '🌿',
    tags: ['herbs', 'kitchen garden'],
    sentences: [
      'The bush by the gate has survived two winters, a dog, and my advice.',
      'A sprig in the oven door is the cheapest way to make a house seem loved.',
      'It likes poor soil, strong light and being ignored, and so it thrives with me.',
      'Steep it ten minutes and it is a tea; steep it an hour and it is a remedy; forget it and it is a varnish.',
    ],
  },
  {
    name: 'copper stills',
    emoji: '⚗️',
    tags: ['herbs', 'field notes'],
    sentences: [
      'A swan neck is not there for beauty, though it would be excused if it were.',
      'What rises and falls back has been corrected; what rises and goes over has been chosen.',
      'The joints are sealed with rye paste, as they were three hundred years ago, because nothing better has been found.',
      'You learn to read the drip: too fast is greed, too slow is fear.',
    ],
  },
  {
    name: 'kombucha',
    emoji: '🫙',
    tags: ['tea', 'fermentation'],
    sentences: [
      'It looks like something the tide left and tastes like something an orchard meant to say.',
      'The neighbours have all been given a daughter of the first culture and have all stopped answering the door.',
      'On the fifth day it is tea, on the ninth it is wine’s cousin, and on the twentieth it will clean a window.',
      'A cloth and a rubber band are the entire technology.',
    ],
  },
  {
    name: 'winter cabbages',
    emoji: '🥬',
    tags: ['kitchen garden', 'fermentation'],
    sentences: [
      'They stand in the frost like a row of retired judges.',
      'Two per cent of salt by weight, and then nothing, which is the difficult part.',
      'The first snow makes them sweet; no one has managed to hurry the snow.',
      'My grandfather pressed them under a stone that now has its own shelf.',
    ],
  },
  {
    name: 'coffee',
    emoji: '☕',
    tags: ['café'],
    sentences: [
      'The beans go from straw to oak in nine minutes, and the last one decides everything.',
      'I grind by hand because the noise is part of waking up, and the machine’s noise is part of regret.',
      'Every cup is a small distillation: you send hot water through a dark place and keep what it learned.',
      'The best one I ever had was in a station, from a paper cup, in the rain.',
    ],
  },
  {
    name: 'compost',
    emoji: '🌱',
    tags: ['kitchen garden', 'field notes'],
    sentences: [
      'Everything this kitchen gets wrong goes to the same corner and comes back as soil.',
      'It steams in January like a sleeping animal, and the cats have drawn their own conclusions.',
      'Brown, green, air, rain: a recipe with no quantities and no failures, only delays.',
      'I have never thrown away a mistake without being sent flowers for it later.',
    ],
  },
  {
    name: 'wild garlic',
    emoji: '🧄',
    tags: ['herbs', 'field notes'],
    sentences: [
      'You smell the wood before you see it, and your coat remembers for a week.',
      'Take one leaf of each plant and the hillside will not know you came.',
      'It is here for five weeks, which is exactly how long one can eat it every day.',
      'The flowers are edible, the bulbs are none of our business.',
    ],
  },
  {
    name: 'olive oil',
    emoji: '🫒',
    tags: ['kitchen garden', 'field notes'],
    sentences: [
      'New oil catches at the throat like a word you were not going to say.',
      'The mill runs all night in November, and the village sleeps by the sound of it.',
      'A tree that fed the Romans is not impressed by my calendar.',
      'Keep it from light, from heat and from guests who pour without looking.',
    ],
  },
  {
    name: 'beeswax candles',
    emoji: '🕯️',
    tags: ['field notes'],
    sentences: [
      'Forty dips make a candle; thirty-nine make an excuse.',
      'The wick remembers the hand that braided it and leans that way for ever.',
      'It is the only light that smells of a field in August when it is December.',
      'You cannot dip faster than the wax can cool, and it has never been in a hurry.',
    ],
  },
  {
    name: 'a kitchen clock',
    emoji: '🕰️',
    tags: ['field notes'],
    sentences: [
      'It loses four minutes a day, and I have come to think of them as mine.',
      'The key hangs on a nail, the nail is in the door, and the door is why we are late.',
      'Bread, eggs and tea have never once agreed with it.',
      'When it stopped, the room was so quiet that the yeast seemed loud.',
    ],
  },
  {
    name: 'rain barrels',
    emoji: '🌧️',
    tags: ['kitchen garden'],
    sentences: [
      'A roof is a field that grows only one thing, and it is enough.',
      'The first flush carries the summer’s dust; let it go, and keep the second.',
      'Four barrels are a dry July, if nobody washes the dog.',
      'The sound of them filling is the only alarm I set at night.',
    ],
  },
]

export const sentences = [
  'I have kept a notebook on this since the spring we moved in, and most of it is corrections.',
  'The first lesson is always the same: do less, and look longer.',
  'None of this is difficult; all of it takes an afternoon.',
  'There is a moment, about two thirds of the way through, when every sensible person gives up.',
  'A neighbour swears by the opposite method and has better results, which I record here out of honesty.',
  'What looks like nothing happening is, nine times out of ten, the work itself.',
  'Weigh it once with the scale and once with your hand, and trust the hand by the fifth year.',
  'I wrote the quantities on the lid, where they have been illegible ever since.',
  'If it smells right, stop; if it smells wonderful, you should have stopped.',
  'The old books leave out whatever everybody knew, and so they leave out everything.',
  'My mother would have said that the pot knows, and gone to hang up the washing.',
  'It is a good rule never to change two things at once, and I have never kept it.',
  'Failure is quick, cheap and usually edible.',
  'Somebody has to sit with it, and it might as well be somebody with a book.',
  'The difference between a craft and a chore is whether you would tell anyone about it.',
  'In the end I bought nothing new and moved the table nearer to the window.',
  'You can taste a shortcut, but only in the second mouthful.',
  'Cold slows it, warmth spoils it, and the pantry, by luck, is neither.',
  'I set a timer for forty minutes and then spent them looking at the timer.',
  'Half of the recipe is what to leave out, and the other half is when.',
  'Ask three people and you will have four ways, all of them inherited.',
  'By October I had stopped measuring; by December I had started again.',
  'There is no secret here, only repetition with the lights on.',
  'The children call it the slow shelf, and they check it every morning before school.',
  'I would rather have one jar that worked than a theory of jars.',
  'Write down the weather: it is always the weather.',
  'A thing done every week becomes a kind of calendar.',
  'The trick, if it is one, is to begin before you need it.',
  'Leave room at the top, for the froth and for second thoughts.',
  'It keeps for a month in the dark and for an evening among friends.',
  'Every improvement I made in the first year was a way of not waiting.',
  'Use the good spoon; it is sulking in the drawer.',
  'I have a photograph of the worst one, and it hangs where I work.',
  'Nothing was wasted but an opinion or two.',
  'On the third day it turned, quietly, like someone changing their mind.',
  'There are machines for this, and they are very good, and I do not want one.',
  'The cloth matters more than the jar, and the shelf more than either.',
  'You will know it is done because you will stop wondering.',
  'What remains at the bottom is bitter and belongs to the garden.',
  'Next year I shall begin a week earlier, as I have said every year.',
]
