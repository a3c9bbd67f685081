import { encodeRlp, keccak256, toBeArray } from "ethers";
import { CatnixError } from "../errors/catnix-error.js";
import { parseBytes, parseData, parseQuantity } from "./rpc-data.js";

/** A block's header, as far as something is concluded from it. */
export interface BlockHeader {
  /** keccak-256 of the header's RLP: `0x` and 64 lower-case hex digits, as the next ones. */
  readonly hash: string;
  readonly parentHash: string;
  readonly number: number;
  /** Seconds since 1970. */
  readonly time: number;
  /** Root of the trie of all accounts after the block. */
  readonly stateRoot: string;
}

type Encode = (name: string, value: unknown) => string | Uint8Array;

const data =
  (size: number): Encode =>
  (name, value) =>
    parseData(name, value, size);
const number =
  (bits: number): Encode =>
  (name, value) =>
    toBeArray(parseQuantity(name, value, bits)); // RLP knows no zeros before a number, and zero as no bytes

/** 32 bytes on Ethereum; chains whose validators sign in there have more. */
const MAX_EXTRA_SIZE = 4096;

/** The header's fields in the order of its RLP, by their names in JSON-RPC (Yellow Paper, 4.4). */
const FIELDS: readonly (readonly [name: string, encode: Encode])[] = [
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
  ["timestamp", number(52)],
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
  const fields = [...FIELDS, ...later].map(([name, encode]) => encode(name, block[name]));
  return {
    hash: keccak256(encodeRlp(fields)),
    parentHash: parseData("parentHash", block["parentHash"], 32),
    number: Number(parseQuantity("number", block["number"], 52)),
    time: Number(parseQuantity("timestamp", block["timestamp"], 52)),
    stateRoot: parseData("stateRoot", block["stateRoot"], 32),
  };
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
