// What the module exports beside its memory, which has a fixed size: src/wasm/instance.ts says it in TypeScript's types.
export { CAPACITY, input, LEAVES, output, span } from "./buffers";
export { chunkAddress, leafAddresses } from "./bmt";
export { findCut, gearHash, gearTable } from "./gear";
export { absorb, finish, hash, hashRecords, RATE, reset } from "./sponge";
