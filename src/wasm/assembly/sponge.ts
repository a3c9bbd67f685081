import { CAPACITY, input, output } from "./buffers";
import { LANES, permute } from "./keccak-f";

/** Bytes of a hash. */
export const HASH_SIZE: i32 = 32;

/** Bytes that keccak-256 takes in at a time: 17 lanes. */
export const RATE: i32 = 136;

// keccak's padding as it was before SHA-3 put two bits in front: the first byte after the message, and the block's last.
const PADDING_START: u64 = 0x01;
const PADDING_END: u64 = 0x80 << 56;

const state = memory.data(8 * LANES, 16);
const mixed = memory.data(8 * LANES, 16);
const twoStates = memory.data(16 * LANES, 16);
const twoMixed = memory.data(16 * LANES, 16);

/** Forgets what was absorbed. */
export function reset(): void {
  for (let lane = 0; lane < LANES; lane++) store<u64>(state + 8 * lane, 0);
}

/** Absorbs `length` bytes of the input, a multiple of the rate. */
export function absorb(length: i32): void {
  for (let block = input, end = input + length; block < end; block += RATE) {
    for (let at = 0; at < RATE; at += 8) store<u64>(state + at, load<u64>(state + at) ^ load<u64>(block + at));
    permute<u64>(state, state);
  }
}

/** Absorbs the last `length` bytes, which leave room for one byte more at least, and writes the hash to the output. */
export function finish(length: i32): void {
  const padded = (length / RATE + 1) * RATE;
  for (let at = length; at < padded; at++) store<u8>(input + at, 0);
  store<u8>(input + length, PADDING_START as u8);
  const last = input + padded - 8;
  store<u64>(last, load<u64>(last) ^ PADDING_END);
  absorb(padded);
  copyHash(state, output);
}

/** keccak-256 of `length` bytes of the input, to the output. */
export function hash(length: i32): void {
  reset();
  finish(length);
}

/**
 * keccak-256 of each of `count` messages of `lanes` times 8 bytes, at most 15 lanes, one after the other at `from`; the hashes go
 * to `to`, which may be `from`. Two at a time while there are two.
 */
export function hashMany(from: usize, lanes: i32, count: i32, to: usize): void {
  const size = lanes << 3;
  if (count > 1) {
    for (let lane = lanes; lane < LANES; lane++) store<v128>(twoStates + (lane << 4), i64x2.splat(0));
    store<v128>(twoStates + (lanes << 4), i64x2.splat(PADDING_START));
    store<v128>(twoStates + (RATE - 8) * 2, i64x2.splat(PADDING_END));
  }
  for (; count > 1; count -= 2) {
    for (let at = 0; at < size; at += 8)
      store<v128>(twoStates + (at << 1), i64x2(load<u64>(from + at), load<u64>(from + size + at)));
    permute<v128>(twoStates, twoMixed);
    for (let at = 0; at < HASH_SIZE; at += 8) {
      const both = load<v128>(twoMixed + (at << 1));
      store<u64>(to + at, i64x2.extract_lane(both, 0));
      store<u64>(to + HASH_SIZE + at, i64x2.extract_lane(both, 1));
    }
    from += 2 * size;
    to += 2 * HASH_SIZE;
  }
  if (count === 1) {
    for (let lane = 0; lane < lanes; lane++) store<u64>(state + (lane << 3), load<u64>(from + (lane << 3)));
    for (let lane = lanes; lane < LANES; lane++) store<u64>(state + (lane << 3), 0);
    store<u64>(state + size, PADDING_START);
    store<u64>(state + RATE - 8, PADDING_END);
    permute<u64>(state, mixed);
    copyHash(mixed, to);
  }
}

/** The same of messages in the input, to the output. */
export function hashRecords(size: i32, count: i32): void {
  hashMany(input, size >> 3, count, output);
}

function copyHash(from: usize, to: usize): void {
  for (let at = 0; at < HASH_SIZE; at += 8) store<u64>(to + at, load<u64>(from + at));
}
