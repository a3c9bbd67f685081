import { AbiCoder, getAddress, keccak256, toBeHex } from "ethers";
import { toHex } from "../encoding/hex.js";

/**
 * Where the registry keeps what in its storage: an interface for those who read it by proof (docs/storage-layout.md,
 * contracts/CatRegistry.sol). It never changes; test/contracts/CatRegistry.storage.test.ts and
 * test/registry/storage-slots.test.ts hold it against the contract.
 */
export const SLOTS = {
  head: 2n,
  root: 3n,
  act: 4n,
  alarmHead: 5n,
  alarm: 6n,
  charter: 7n,
  members: 8n,
  membership: 9n,
  batchWithdrawn: 10n,
  withdrawnThrough: 11n,
  mappings: 12n,
  successorChainId: 13n,
  successor: 14n,
} as const;

/** What the slot `act` packs. */
export interface ActSlot {
  /** Number of the latest act. */
  readonly seq: bigint;
  /** Seconds since 1970 of its block. */
  readonly time: bigint;
  readonly depth: number;
  readonly publishThreshold: number;
  readonly councilThreshold: number;
  readonly retired: boolean;
}

/** Takes apart the slot `act`: from its low end seq (64 bits), time (64), depth, both thresholds, retired (8 each). */
export function decodeActSlot(word: bigint): ActSlot {
  return {
    seq: bitsOf(word, 0, 64),
    time: bitsOf(word, 64, 64),
    depth: Number(bitsOf(word, 128, 8)),
    publishThreshold: Number(bitsOf(word, 136, 8)),
    councilThreshold: Number(bitsOf(word, 144, 8)),
    retired: bitsOf(word, 152, 8) !== 0n,
  };
}

/** Takes apart the slot `alarm`: from its low end the number of alarms (64 bits), the guardian's address (160). */
export function decodeAlarmSlot(word: bigint): { alarms: bigint; guardian: string } {
  return { alarms: bitsOf(word, 0, 64), guardian: decodeAddress(bitsOf(word, 64, 160)) };
}

/** The low 160 bits as a checksummed address. */
export function decodeAddress(word: bigint): string {
  return getAddress(toBeHex(bitsOf(word, 0, 160), 20));
}

/** A whole word: `0x` and 64 hex digits. */
export function decodeWord(word: bigint): string {
  return toBeHex(word, 32);
}

/** Member `at`, counted from 0; `SLOTS.members` itself holds how many there are. */
export function slotOfMember(at: number): bigint {
  return BigInt(keccak256(toBeHex(SLOTS.members, 32))) + BigInt(at);
}

/** 1 where the address is a member. */
export function slotOfMembership(address: string): bigint {
  return slotOfValue("address", address, SLOTS.membership);
}

/** 1 where the guardian withdrew the batch. */
export function slotOfBatchWithdrawn(seq: number): bigint {
  return slotOfValue("uint64", seq, SLOTS.batchWithdrawn);
}

/** The last act that the withdrawal of a build (32 bytes) reaches; 0 where it was never withdrawn. */
export function slotOfWithdrawnThrough(swarmId: Uint8Array): bigint {
  return slotOfValue("bytes32", `0x${toHex(swarmId)}`, SLOTS.withdrawnThrough);
}

/** Both slots of the row that was recorded last for a `nixId` (20 bytes): its `swarmId`, and its `seq` in the low 64 bits. */
export function slotsOfMapping(nixId: Uint8Array): [swarmId: bigint, seq: bigint] {
  const slot = slotOfValue("bytes20", `0x${toHex(nixId)}`, SLOTS.mappings);
  return [slot, slot + 1n];
}

/** As Solidity has it: a `bytes20` key is padded with zeros behind it, an address or a number before it. */
function slotOfValue(type: string, key: unknown, slot: bigint): bigint {
  return BigInt(keccak256(AbiCoder.defaultAbiCoder().encode([type, "uint256"], [key, slot])));
}

function bitsOf(word: bigint, from: number, bits: number): bigint {
  return BigInt.asUintN(bits, word >> BigInt(from));
}
