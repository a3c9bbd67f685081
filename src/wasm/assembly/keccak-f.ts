import { andNot, rotate, splat, xor, xor5 } from "./lanes";

/** Lanes of a state. */
export const LANES: i32 = 25;

const ROUNDS: i32 = 24;

// FIPS 202, algorithm 5: the constant of each round.
const CONSTANTS = memory.data<u64>([
  0x0000000000000001, 0x0000000000008082, 0x800000000000808a, 0x8000000080008000, 0x000000000000808b,
  0x0000000080000001, 0x8000000080008081, 0x8000000000008009, 0x000000000000008a, 0x0000000000000088,
  0x0000000080008009, 0x000000008000000a, 0x000000008000808b, 0x800000000000008b, 0x8000000000008089,
  0x8000000000008003, 0x8000000000008002, 0x8000000000000080, 0x000000000000800a, 0x800000008000000a,
  0x8000000080008081, 0x8000000000008080, 0x0000000080000001, 0x8000000080008008,
]);

/**
 * keccak-f[1600] (FIPS 202, section 3.3) of the state at `from`, written to `to`: 25 lanes, A[x, y] of the standard at index
 * x + 5y. With v128 these are two states, lane beside lane. All lanes of a round are written out, the rounds are a loop: with
 * the rounds written out as well, two states take half as long again (docs/decisions/015-wasm.md).
 */
export function permute<T>(from: usize, to: usize): void {
  let a0 = load<T>(from, 0 * sizeof<T>());
  let a1 = load<T>(from, 1 * sizeof<T>());
  let a2 = load<T>(from, 2 * sizeof<T>());
  let a3 = load<T>(from, 3 * sizeof<T>());
  let a4 = load<T>(from, 4 * sizeof<T>());
  let a5 = load<T>(from, 5 * sizeof<T>());
  let a6 = load<T>(from, 6 * sizeof<T>());
  let a7 = load<T>(from, 7 * sizeof<T>());
  let a8 = load<T>(from, 8 * sizeof<T>());
  let a9 = load<T>(from, 9 * sizeof<T>());
  let a10 = load<T>(from, 10 * sizeof<T>());
  let a11 = load<T>(from, 11 * sizeof<T>());
  let a12 = load<T>(from, 12 * sizeof<T>());
  let a13 = load<T>(from, 13 * sizeof<T>());
  let a14 = load<T>(from, 14 * sizeof<T>());
  let a15 = load<T>(from, 15 * sizeof<T>());
  let a16 = load<T>(from, 16 * sizeof<T>());
  let a17 = load<T>(from, 17 * sizeof<T>());
  let a18 = load<T>(from, 18 * sizeof<T>());
  let a19 = load<T>(from, 19 * sizeof<T>());
  let a20 = load<T>(from, 20 * sizeof<T>());
  let a21 = load<T>(from, 21 * sizeof<T>());
  let a22 = load<T>(from, 22 * sizeof<T>());
  let a23 = load<T>(from, 23 * sizeof<T>());
  let a24 = load<T>(from, 24 * sizeof<T>());
  for (let round = 0; round < ROUNDS; round++) {
    // theta: the parity of each column, added to its neighbours' lanes below.
    const c0 = xor5<T>(a0, a5, a10, a15, a20);
    const c1 = xor5<T>(a1, a6, a11, a16, a21);
    const c2 = xor5<T>(a2, a7, a12, a17, a22);
    const c3 = xor5<T>(a3, a8, a13, a18, a23);
    const c4 = xor5<T>(a4, a9, a14, a19, a24);
    const d0 = xor<T>(c4, rotate<T>(c1, 1));
    const d1 = xor<T>(c0, rotate<T>(c2, 1));
    const d2 = xor<T>(c1, rotate<T>(c3, 1));
    const d3 = xor<T>(c2, rotate<T>(c4, 1));
    const d4 = xor<T>(c3, rotate<T>(c0, 1));
    // rho and pi: each lane rotated and moved, row by row of where it goes.
    const b0 = xor<T>(a0, d0);
    const b1 = rotate<T>(xor<T>(a6, d1), 44);
    const b2 = rotate<T>(xor<T>(a12, d2), 43);
    const b3 = rotate<T>(xor<T>(a18, d3), 21);
    const b4 = rotate<T>(xor<T>(a24, d4), 14);
    const b5 = rotate<T>(xor<T>(a3, d3), 28);
    const b6 = rotate<T>(xor<T>(a9, d4), 20);
    const b7 = rotate<T>(xor<T>(a10, d0), 3);
    const b8 = rotate<T>(xor<T>(a16, d1), 45);
    const b9 = rotate<T>(xor<T>(a22, d2), 61);
    const b10 = rotate<T>(xor<T>(a1, d1), 1);
    const b11 = rotate<T>(xor<T>(a7, d2), 6);
    const b12 = rotate<T>(xor<T>(a13, d3), 25);
    const b13 = rotate<T>(xor<T>(a19, d4), 8);
    const b14 = rotate<T>(xor<T>(a20, d0), 18);
    const b15 = rotate<T>(xor<T>(a4, d4), 27);
    const b16 = rotate<T>(xor<T>(a5, d0), 36);
    const b17 = rotate<T>(xor<T>(a11, d1), 10);
    const b18 = rotate<T>(xor<T>(a17, d2), 15);
    const b19 = rotate<T>(xor<T>(a23, d3), 56);
    const b20 = rotate<T>(xor<T>(a2, d2), 62);
    const b21 = rotate<T>(xor<T>(a8, d3), 55);
    const b22 = rotate<T>(xor<T>(a14, d4), 39);
    const b23 = rotate<T>(xor<T>(a15, d0), 41);
    const b24 = rotate<T>(xor<T>(a21, d1), 2);
    // chi, and iota in the first lane.
    a0 = xor<T>(xor<T>(b0, andNot<T>(b2, b1)), splat<T>(load<u64>(CONSTANTS + (round << 3))));
    a1 = xor<T>(b1, andNot<T>(b3, b2));
    a2 = xor<T>(b2, andNot<T>(b4, b3));
    a3 = xor<T>(b3, andNot<T>(b0, b4));
    a4 = xor<T>(b4, andNot<T>(b1, b0));
    a5 = xor<T>(b5, andNot<T>(b7, b6));
    a6 = xor<T>(b6, andNot<T>(b8, b7));
    a7 = xor<T>(b7, andNot<T>(b9, b8));
    a8 = xor<T>(b8, andNot<T>(b5, b9));
    a9 = xor<T>(b9, andNot<T>(b6, b5));
    a10 = xor<T>(b10, andNot<T>(b12, b11));
    a11 = xor<T>(b11, andNot<T>(b13, b12));
    a12 = xor<T>(b12, andNot<T>(b14, b13));
    a13 = xor<T>(b13, andNot<T>(b10, b14));
    a14 = xor<T>(b14, andNot<T>(b11, b10));
    a15 = xor<T>(b15, andNot<T>(b17, b16));
    a16 = xor<T>(b16, andNot<T>(b18, b17));
    a17 = xor<T>(b17, andNot<T>(b19, b18));
    a18 = xor<T>(b18, andNot<T>(b15, b19));
    a19 = xor<T>(b19, andNot<T>(b16, b15));
    a20 = xor<T>(b20, andNot<T>(b22, b21));
    a21 = xor<T>(b21, andNot<T>(b23, b22));
    a22 = xor<T>(b22, andNot<T>(b24, b23));
    a23 = xor<T>(b23, andNot<T>(b20, b24));
    a24 = xor<T>(b24, andNot<T>(b21, b20));
  }
  store<T>(to, a0, 0 * sizeof<T>());
  store<T>(to, a1, 1 * sizeof<T>());
  store<T>(to, a2, 2 * sizeof<T>());
  store<T>(to, a3, 3 * sizeof<T>());
  store<T>(to, a4, 4 * sizeof<T>());
  store<T>(to, a5, 5 * sizeof<T>());
  store<T>(to, a6, 6 * sizeof<T>());
  store<T>(to, a7, 7 * sizeof<T>());
  store<T>(to, a8, 8 * sizeof<T>());
  store<T>(to, a9, 9 * sizeof<T>());
  store<T>(to, a10, 10 * sizeof<T>());
  store<T>(to, a11, 11 * sizeof<T>());
  store<T>(to, a12, 12 * sizeof<T>());
  store<T>(to, a13, 13 * sizeof<T>());
  store<T>(to, a14, 14 * sizeof<T>());
  store<T>(to, a15, 15 * sizeof<T>());
  store<T>(to, a16, 16 * sizeof<T>());
  store<T>(to, a17, 17 * sizeof<T>());
  store<T>(to, a18, 18 * sizeof<T>());
  store<T>(to, a19, 19 * sizeof<T>());
  store<T>(to, a20, 20 * sizeof<T>());
  store<T>(to, a21, 21 * sizeof<T>());
  store<T>(to, a22, 22 * sizeof<T>());
  store<T>(to, a23, 23 * sizeof<T>());
  store<T>(to, a24, 24 * sizeof<T>());
}
