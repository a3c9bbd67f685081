import { CAPACITY, HASH_SIZE, INPUT, memory, takeHashes, wasm } from "../wasm/instance.js";

/** Bytes taken in at a time: whole blocks of the sponge, one of which stays free for the padding. */
const STEP = wasm.RATE.value * (Math.floor(CAPACITY / wasm.RATE.value) - 1);

/** The longest message of {@link keccak256Each}: 15 of the 17 words of 8 bytes that the sponge takes at a time. */
const MAX_EACH = 120;

/** Hashes that the module's output has room for. */
const MAX_COUNT = CAPACITY / 2 / HASH_SIZE;

/** keccak-256 (Ethereum's, not SHA3-256) of the concatenation of `parts`: 32 bytes. */
export function keccak256(...parts: Uint8Array[]): Uint8Array {
  let filled = 0;
  let started = false;
  for (const part of parts) {
    for (let at = 0; at < part.length;) {
      if (filled === STEP) {
        if (!started) wasm.reset();
        started = true;
        wasm.absorb(STEP);
        filled = 0;
      }
      const end = Math.min(part.length, at + STEP - filled);
      memory.set(at === 0 && end === part.length ? part : part.subarray(at, end), INPUT + filled);
      filled += end - at;
      at = end;
    }
  }
  if (started) wasm.finish(filled);
  else wasm.hash(filled);
  return takeHashes();
}

/**
 * keccak-256 of each `size` bytes of `bytes`: 32 bytes each, one after the other. Faster than one by one, by half and more.
 * @throws RangeError where `size` is no multiple of 8 from 8 to 120, or `bytes` does not divide into it
 */
export function keccak256Each(bytes: Uint8Array, size: number): Uint8Array {
  if (!Number.isInteger(size / 8) || size < 8 || size > MAX_EACH) throw new RangeError(`messages of ${size} bytes`);
  const count = bytes.length / size;
  if (!Number.isInteger(count)) throw new RangeError(`${bytes.length} bytes are no messages of ${size}`);
  const step = Math.min(MAX_COUNT, Math.floor(CAPACITY / size));
  const hashes = new Uint8Array(HASH_SIZE * count);
  for (let at = 0; at < count; at += step) {
    const some = Math.min(step, count - at);
    memory.set(bytes.subarray(size * at, size * (at + some)), INPUT);
    wasm.hashRecords(size, some);
    hashes.set(takeHashes(some), HASH_SIZE * at);
  }
  return hashes;
}
