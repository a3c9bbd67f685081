// The operations of keccak-f on a lane of 64 bits, or on two lanes of two states at once. Every branch is decided by the
// type, at compile time, and every function is small enough to be inlined.

/** A lane of one state (u64), or the same lane of two (v128). */
export function xor<T>(a: T, b: T): T {
  if (isVector<T>()) return v128.xor(a, b);
  return (a ^ b) as T;
}

/** `a & ~b` */
export function andNot<T>(a: T, b: T): T {
  if (isVector<T>()) return v128.andnot(a, b);
  return (a & ~b) as T;
}

/** To the left by 1 to 63 bits. */
export function rotate<T>(a: T, bits: i32): T {
  if (isVector<T>()) return v128.or(i64x2.shl(a, bits), i64x2.shr_u(a, 64 - bits));
  return rotl<T>(a, bits as T);
}

export function xor5<T>(a: T, b: T, c: T, d: T, e: T): T {
  return xor<T>(xor<T>(xor<T>(a, b), xor<T>(c, d)), e);
}

/** Of the two states, both take the same constant. */
export function splat<T>(lane: u64): T {
  if (isVector<T>()) return i64x2.splat(lane);
  return lane as T;
}
