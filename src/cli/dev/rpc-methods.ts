import { z } from "zod";
import { INVALID_PARAMS, RpcError } from "./rpc-call.js";

/** What has to be done about a call, by its method. */
export type MethodKind =
  /** It changes nothing that is kept. */
  | "read"
  /** It turns the chain's clock: what it leads to is in the times of the blocks. */
  | "clock"
  | "automine"
  | "mine"
  | "transaction"
  /** It changes accounts or the pool. */
  | "act"
  | "snapshot"
  /** It goes back to a snapshot. */
  | "revert"
  /** What it does cannot be done again in the same way, or not by a network that others rely on. */
  | "refused";

const READ = /^((eth|net|web3|debug|trace|txpool|ots|erigon)_(?!send)|personal_sign$)/;
/** The three names that anvil knows most of its own methods by. */
const OWN = /^(anvil|hardhat|evm)_/;

const OWN_METHODS: Partial<Record<string, MethodKind>> = {
  ...all("read", "nodeInfo metadata getIntervalMining getGenesisTime dumpState getBlobByHash getBlobsByBlockId"),
  ...all("read", "getBlobsByTransactionHash setLoggingEnabled enableTraces"),
  ...all("clock", "increaseTime setTime setNextBlockTimestamp setBlockTimestampInterval removeBlockTimestampInterval"),
  ...all("automine", "setAutomine getAutomine"),
  ...all("mine", "mine"),
  ...all("act", "setBalance addBalance dealERC20 setERC20Allowance setCode setNonce setAccountNonce setStorageAt"),
  ...all("act", "setCoinbase setBlockGasLimit setNextBlockBaseFeePerGas setMinGasPrice"),
  ...all("snapshot", "snapshot"),
  ...all("revert", "revert"),
  ...all("act", "impersonateAccount stopImpersonatingAccount autoImpersonateAccount"),
  ...all("act", "dropTransaction dropAllTransactions removePoolTransactions"),
};

/** Methods that put a transaction into the pool; those of EIP-7966 answer its receipt instead of its hash. */
const TRANSACTION_METHODS: Partial<Record<string, { readonly method: string; readonly sync: boolean }>> = {
  eth_sendRawTransaction: { method: "eth_sendRawTransaction", sync: false },
  eth_sendRawTransactionSync: { method: "eth_sendRawTransaction", sync: true },
  eth_sendTransaction: { method: "eth_sendTransaction", sync: false },
  eth_sendTransactionSync: { method: "eth_sendTransaction", sync: true },
  eth_sendUnsignedTransaction: { method: "eth_sendUnsignedTransaction", sync: false },
};

export function kindOf(method: string): MethodKind {
  if (transactionMethod(method)) return "transaction";
  if (READ.test(method)) return "read";
  const own = OWN.test(method) ? method.replace(OWN, "") : "";
  return (Object.hasOwn(OWN_METHODS, own) ? OWN_METHODS[own] : undefined) ?? "refused";
}

export function transactionMethod(method: string) {
  return Object.hasOwn(TRANSACTION_METHODS, method) ? TRANSACTION_METHODS[method] : undefined;
}

/** Blocks to mine. */
export interface MineRequest {
  readonly blocks: number;
  /** The first one's time, where it is given. */
  readonly time?: number | undefined;
  /** Seconds between them, and before the first where its time is not given. */
  readonly interval: number;
}

/** A block takes a millisecond or two, and all others wait meanwhile. */
const MAX_BLOCKS = 100_000;

/** A number as JSON-RPC's clients write it: as one, or as text, decimal or hexadecimal. */
const numberSchema = z
  .union([z.number(), z.string().regex(/^(0x[0-9a-f]+|[0-9]+)$/i)])
  .transform(Number)
  .pipe(z.int().min(0));
const optional = numberSchema.nullish().transform((value) => value ?? undefined);
const blocksSchema = numberSchema.pipe(z.int().min(0).max(MAX_BLOCKS));
const evmMineSchema = z.tuple([
  z
    .union([
      numberSchema.transform((timestamp) => ({ timestamp, blocks: 1 })),
      z.strictObject({ timestamp: optional, blocks: blocksSchema.nullish().transform((value) => value ?? 1) }),
    ])
    .nullish(),
]);
const mineSchema = z.tuple([blocksSchema.nullish(), optional]);

/**
 * What `evm_mine` (a time, or `{ timestamp, blocks }`) or `anvil_mine` (blocks, seconds between them) asks for.
 * @throws RpcError
 */
export function parseMine(method: string, params: readonly unknown[]): MineRequest {
  const [first, second] = params;
  const parsed = method === "evm_mine" ? evmMineSchema.safeParse([first]) : mineSchema.safeParse([first, second]);
  if (!parsed.success || params.length > 2) throw new RpcError(INVALID_PARAMS, `invalid parameters of ${method}`);
  const [what, interval = 0] = parsed.data;
  if (typeof what === "object" && what !== null) return { blocks: what.blocks, time: what.timestamp, interval: 0 };
  return { blocks: what ?? 1, interval };
}

function all(kind: MethodKind, methods: string): Record<string, MethodKind> {
  return Object.fromEntries(methods.split(" ").map((method) => [method, kind]));
}
