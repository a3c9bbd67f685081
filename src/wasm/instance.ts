import { MODULE } from "./module.js";

/** An address within the module's memory, or a constant: WebAssembly hands out both as objects. */
interface Constant {
  readonly value: number;
}

/** What `assembly/index.ts` exports. Lengths are bytes; nothing is checked in there, so callers hold to them. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly input: Constant;
  readonly span: Constant;
  readonly output: Constant;
  readonly gearTable: Constant;
  readonly CAPACITY: Constant;
  readonly LEAVES: Constant;
  readonly RATE: Constant;
  /** keccak-256 of up to `CAPACITY - RATE` bytes of the input. */
  hash(length: number): void;
  /** keccak-256 of each of `count` messages of `size` bytes, a multiple of 8 and at most 120. */
  hashRecords(size: number, count: number): void;
  reset(): void;
  /** @param length a multiple of the rate */
  absorb(length: number): void;
  /** @param length up to `CAPACITY - RATE` */
  finish(length: number): void;
  /** @param length of the payload in the input, 0 to 4,096, before which the 8 bytes of the span stand */
  chunkAddress(length: number): void;
  /** @param count of full leaves in the input, up to `LEAVES` */
  leafAddresses(count: number): void;
  findCut(hash: bigint, length: number, mask: bigint): number;
  readonly gearHash: { readonly value: bigint };
}

/** As far as it is needed here: TypeScript has its types only in those of browsers. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

/**
 * The one instance of the module in this thread. Whoever uses it puts the input in, calls, and takes the output out without
 * yielding in between: nothing else holds a place in its memory, but for the gear table, which belongs to who wrote it last.
 */
export const wasm = new WebAssembly.Instance(
  new WebAssembly.Module(Uint8Array.from(atob(MODULE), (character) => character.charCodeAt(0))),
).exports as Exports;

/** Its memory, which never grows. */
export const memory = new Uint8Array(wasm.memory.buffer);

/** Where in {@link memory} the input begins, and how many bytes fit. */
export const [INPUT, CAPACITY] = [wasm.input.value, wasm.CAPACITY.value];

/** Full leaves that fit. */
export const LEAVES = wasm.LEAVES.value;

/** Bytes of a hash. */
export const HASH_SIZE = 32;

const OUTPUT = wasm.output.value;

/** A copy of the first `count` hashes of the output, one after the other. */
export function takeHashes(count = 1): Uint8Array {
  return memory.slice(OUTPUT, OUTPUT + HASH_SIZE * count);
}
