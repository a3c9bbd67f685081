import { encodeRlp, keccak256, toBeArray } from "ethers";
import { CatnixError } from "../errors/catnix-error.js";
import { parseBytes, parseData, parseQuantity } from "./rpc-data.js";

/** A block's header, as far as something is concluded from it. */
export interface BlockHeader {
  /** keccak-256 of the header's RLP: `0x` and 64 lower-case hex digits, as the next one. */
  readonly hash: string;
  readonly number: number;
  /** Seconds since 1970. */
  readonly time: number;
  /** Root of the trie of all accounts after the block. */
  readonly stateRoot: string;
}

/** Reads a field as JSON-RPC writes it: bytes as lower-case hex, a number as such. */
type Parse = (name: string, value: unknown) => string | bigint;

const data =
  (size: number): Parse =>
  (name, value) =>
    parseData(name, value, size);
const number =
  (bits: number): Parse =>
  (name, value) =>
    parseQuantity(name, value, bits);

/** 32 bytes on Ethereum; chains whose validators sign in there have more. */
const MAX_EXTRA_SIZE = 4096;

/** The header's fields in the order of its RLP, by their names in JSON-RPC (Yellow Paper, 4.4). */
const FIELDS: readonly (readonly [name: string, parse: Parse])[] = [
  ["parentHash", data(32)],
  ["sha3Uncles", data(32)],
  ["miner", data(20)],
  ["stateRoot", data(32)],
  ["transactionsRoot", data(32)],
  ["receiptsRoot", data(32)],
  ["logsBloom", data(256)],
  ["difficulty", number(256)],
  ["number", number(52)],
  ["gasLimit", number(64)],
  ["gasUsed", number(64)],
  ["timestamp", number(40)], // until the year 36812: any of them makes a date
  ["extraData", (name, value) => parseBytes(name, value, MAX_EXTRA_SIZE)],
  ["mixHash", data(32)],
  ["nonce", data(8)],
];

/** What forks have added since, each after those before it. */
const LATER_FIELDS: typeof FIELDS = [
  ["baseFeePerGas", number(256)], // London, EIP-1559
  ["withdrawalsRoot", data(32)], // Shanghai, EIP-4895
  ["blobGasUsed", number(64)], // Cancun, EIP-4844
  ["excessBlobGas", number(64)],
  ["parentBeaconBlockRoot", data(32)], // Cancun, EIP-4788
  ["requestsHash", data(32)], // Prague, EIP-7685; Osaka adds nothing
];

/**
 * Reads a block as `eth_getBlockByHash` answers it, and computes its hash from the fields of its header: what the answer itself
 * says of the hash is not looked at, nor anything that is not in the header.
 * @throws CatnixError BLOCK_HEADER_INVALID
 */
export function parseBlockHeader(answer: unknown): BlockHeader {
  if (typeof answer !== "object" || answer === null)
    throw new CatnixError("BLOCK_HEADER_INVALID", { reason: "it is no object" });
  const block = answer as Record<string, unknown>;
  const has = ([name]: (typeof FIELDS)[number]) => block[name] !== undefined && block[name] !== null;
  const later = LATER_FIELDS.slice(0, LATER_FIELDS.findLastIndex(has) + 1);
  const fields = new Map([...FIELDS, ...later].map(([name, parse]) => [name, parse(name, block[name])]));
  return {
    hash: keccak256(encodeRlp([...fields.values()].map(toRlp))),
    number: Number(fields.get("number")),
    time: Number(fields.get("timestamp")),
    stateRoot: String(fields.get("stateRoot")),
  };
}

/** RLP knows no zeros before a number, and zero as no bytes. */
function toRlp(value: string | bigint): string | Uint8Array {
  return typeof value === "bigint" ? toBeArray(value) : value;
}

/**
 * The same for a block whose hash is known.
 * @param hash `0x` and 64 lower-case hex digits
 * @throws CatnixError BLOCK_HEADER_INVALID, BLOCK_HEADER_MISMATCH
 */
export function requireBlockHeader(answer: unknown, hash: string): BlockHeader {
  const header = parseBlockHeader(answer);
  if (header.hash !== hash) throw new CatnixError("BLOCK_HEADER_MISMATCH", { wanted: hash, found: header.hash });
  return header;
}
