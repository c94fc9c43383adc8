/** CRC-32C (Castagnoli) of some bytes, in base64 as the storage writes it: big-endian. */
export function crc32c(bytes: Uint8Array): string {
  let crc = ~0
  for (const byte of bytes) crc = table[(crc ^ byte) & 255]! ^ (crc >>> 8)
  const four = Buffer.alloc(4)
  four.writeInt32BE(~crc)
  return four.toString('base64')
}

const table = Int32Array.from({ length: 256 }, (_, i) => {
  let crc = i
  for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0)
  return crc
})
