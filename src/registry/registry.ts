import { isError, Result } from "ethers";
import type { RegistryId } from "../cat/batch.js";
import { MAX_DEPTH } from "../cat/bucket.js";
import type { RowProof } from "../cat/proof.js";
import type { Row } from "../cat/row.js";
import type { Cat } from "../cat/tree.js";
import { toHex } from "../encoding/hex.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { askChain } from "./ask-chain.js";
import { type Chain, connectChain, type ConnectOptions } from "./connect.js";
import { type CatRegistry, contractAt, explainRevert } from "./contract.js";
import { findRefusal } from "./find-refusal.js";

/** Where a registry stands. */
export interface RegistryState {
  /** `0x` and 64 hex digits: the next act's parent. */
  readonly head: string;
  readonly seq: number;
  readonly cat: Cat;
  /** Seconds since 1970 of the latest signed act. */
  readonly time: number;
}

/** Who decides. */
export interface CouncilState {
  readonly members: readonly string[];
  readonly publishThreshold: number;
  readonly councilThreshold: number;
  readonly guardian: string;
  /** 64 hex digits. */
  readonly charter: string;
}

/** What a retired registry says of its successor: shown, never followed by itself. */
export interface RetirementState {
  /** 0 where there is none. */
  readonly successorChainId: bigint;
  /** Checksummed address, zero where there is none. */
  readonly successor: string;
}

/** A block by its number, or `latest`. */
export type BlockId = number | "latest";

/**
 * The contract, for those who read it. Every method throws CatnixError RPC_UNAVAILABLE, RPC_ANSWER_INVALID, and CALL_REVERTED
 * where the contract refuses the question.
 */
export class Registry {
  private constructor(
    readonly chain: Chain,
    readonly id: RegistryId,
    readonly contract: CatRegistry,
  ) {}

  /**
   * Connects to the chain and makes sure that there is a contract which answers like a registry.
   * @throws CatnixError RPC_UNAVAILABLE, RPC_ANSWER_INVALID, RPC_WRONG_CHAIN, REGISTRY_MISSING; the reason of an aborted signal
   */
  static async open(rpcUrl: string, id: RegistryId, options: ConnectOptions = {}): Promise<Registry> {
    const chain = await connectChain(rpcUrl, id.chainId, options);
    try {
      const registry = new Registry(chain, id, contractAt(id.registry, chain.provider));
      await registry.#requireContract();
      return registry;
    } catch (error) {
      chain.close();
      throw error;
    }
  }

  async state(block: BlockId = "latest"): Promise<RegistryState> {
    const state = await this.#view("state", (contract) => contract.state({ blockTag: block }));
    return {
      head: state.head,
      seq: this.#count("seq", state.seq),
      cat: { root: state.root.slice(2), depth: this.#count("depth", state.depth, MAX_DEPTH) },
      time: this.#count("time", state.time),
    };
  }

  async alarmState(block: BlockId = "latest"): Promise<{ alarmHead: string; alarms: number }> {
    const state = await this.#view("alarmState", (contract) => contract.alarmState({ blockTag: block }));
    return { alarmHead: state.alarmHead, alarms: this.#count("alarms", state.alarms) };
  }

  async council(block: BlockId = "latest"): Promise<CouncilState> {
    const council = await this.#view("council", (contract) => contract.council({ blockTag: block }));
    return {
      members: [...council.members],
      publishThreshold: Number(council.publishThreshold),
      councilThreshold: Number(council.councilThreshold),
      guardian: council.guardian,
      charter: council.charter.slice(2),
    };
  }

  /** Undefined where the registry goes on. */
  async retirement(block: BlockId = "latest"): Promise<RetirementState | undefined> {
    const { retired, successorChainId, successor } = await this.#view("retirement", (contract) =>
      contract.retirement({ blockTag: block }),
    );
    return retired ? { successorChainId, successor } : undefined;
  }

  /** The last act that the withdrawal of a build reaches; 0 where it was never withdrawn. */
  async withdrawnThrough(swarmId: Uint8Array, block: BlockId = "latest"): Promise<number> {
    const through = await this.#view("withdrawnThrough", (contract) =>
      contract.withdrawnThrough(`0x${toHex(swarmId)}`, { blockTag: block }),
    );
    return this.#count("through", through);
  }

  /** Reverts for a `seq` that no act has. */
  async isBatchWithdrawn(seq: number, block: BlockId = "latest"): Promise<boolean> {
    return this.#view("isBatchWithdrawn", (contract) => contract.isBatchWithdrawn(seq, { blockTag: block }));
  }

  /** Whether the guardian withdrew what the row leads to (docs/spec.md, Who wins). */
  async isWithdrawn(row: Row): Promise<boolean> {
    const [batch, through] = await Promise.all([this.isBatchWithdrawn(row.seq), this.withdrawnThrough(row.swarmId)]);
    return batch || through >= row.seq;
  }

  /** Asks the contract itself whether a row holds. */
  async isApproved({ row, slot, siblings }: RowProof): Promise<boolean> {
    const typed = { nixId: `0x${toHex(row.nixId)}`, swarmId: `0x${toHex(row.swarmId)}` };
    const path = siblings.map((sibling) => `0x${toHex(sibling)}`);
    return this.#view("isApproved", (contract) => contract.isApproved(typed, row.seq, slot, path));
  }

  /** Whether there is a contract at an address of the same chain that answers like a registry. */
  async isAnotherAt(address: string): Promise<boolean> {
    const { chain, id } = this;
    const other = new Registry(chain, { ...id, registry: address }, contractAt(address, chain.provider));
    try {
      await other.#requireContract();
      return true;
    } catch (error) {
      if (isCatnixError(error, "REGISTRY_MISSING")) return false;
      throw error;
    }
  }

  close(): void {
    this.chain.close();
  }

  async #requireContract(): Promise<void> {
    const { chain, id, contract } = this;
    const missing = (cause?: unknown) => new CatnixError("REGISTRY_MISSING", { ...id }, { cause });
    const code = await askChain(chain, () => chain.provider.getCode(id.registry));
    if (code === "0x") throw missing();
    await askChain(chain, () =>
      contract.state().catch((error: unknown) => {
        this.#throwIfRefused(error);
        throw isOfAnotherContract(error) ? missing(error) : error;
      }),
    );
  }

  #view<T>(name: string, call: (contract: CatRegistry) => Promise<T>): Promise<T> {
    return askChain(this.chain, async () => {
      try {
        const answer = await call(this.contract);
        // Of an element that is wrong ethers tells where somebody looks at it: that has to be here.
        if (answer instanceof Result) answer.toArray(true);
        return answer;
      } catch (error) {
        this.#throwIfRefused(error);
        const explained = explainRevert(name, error);
        throw isCatnixError(explained, "CALL_REVERTED") ? explained : error;
      }
    });
  }

  /** To ethers a call that the endpoint did not even run has reverted. */
  #throwIfRefused(error: unknown): void {
    const reason = findRefusal(error);
    if (reason !== undefined)
      throw new CatnixError("RPC_UNAVAILABLE", { url: this.chain.rpcUrl, reason }, { cause: error });
  }

  /** The contract counts up to 2^64; what is beyond a safe integer no honest chain has. */
  #count(what: string, value: bigint, max = Number.MAX_SAFE_INTEGER): number {
    if (value <= BigInt(max)) return Number(value);
    const url = this.chain.rpcUrl;
    throw new CatnixError("RPC_ANSWER_INVALID", { url, reason: `${what} ${value} is above ${max}` });
  }
}

/** It reverts, or what it answers cannot be decoded. */
function isOfAnotherContract(error: unknown): boolean {
  if (isError(error, "CALL_EXCEPTION")) return true;
  return isError(error, "BAD_DATA") && error.info !== undefined && "method" in error.info;
}
