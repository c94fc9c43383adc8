// Requests that fail are made again after a random pause. Tests need these pauses to happen, and not their length.
const { random } = Math
Math.random = () => random() / 20
