const SEED = 0x9747_b28c;
const MIX = 0x5bd1_e995;

/** Austin Appleby's MurmurHash2 of 32 bits with the seed of Kafka's Java client: signed, and equal to its, bit by bit. */
export function murmur2(data: Uint8Array): number {
  const whole = data.length & ~3;
  let hash = SEED ^ data.length;
  for (let at = 0; at < whole; at += 4) {
    let word = data[at] | (data[at + 1] << 8) | (data[at + 2] << 16) | (data[at + 3] << 24);
    word = Math.imul(word, MIX);
    word = Math.imul(word ^ (word >>> 24), MIX);
    hash = Math.imul(hash, MIX) ^ word;
  }
  const rest = data.length - whole;
  if (rest === 3) hash ^= data[whole + 2] << 16;
  if (rest >= 2) hash ^= data[whole + 1] << 8;
  if (rest >= 1) hash = Math.imul(hash ^ data[whole], MIX);
  hash = Math.imul(hash ^ (hash >>> 13), MIX);
  return hash ^ (hash >>> 15);
}

/** Where every client of Kafka puts a key. */
export function partitionOf(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fff_ffff) % partitions;
}
