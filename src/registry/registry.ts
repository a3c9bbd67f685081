import type { RegistryId } from "../cat/batch.js";
import type { RowProof } from "../cat/proof.js";
import type { Row } from "../cat/row.js";
import type { Cat } from "../cat/tree.js";
import { toHex } from "../encoding/hex.js";
import { CatnixError } from "../errors/catnix-error.js";
import { type Chain, connectChain } from "./connect.js";
import { type CatRegistry, contractAt } from "./contract.js";

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

/** A block by its number, or `latest`. */
export type BlockId = number | "latest";

/** The contract, for those who read it. */
export class Registry {
  private constructor(
    readonly chain: Chain,
    readonly id: RegistryId,
    readonly contract: CatRegistry,
  ) {}

  /**
   * Connects to the chain and makes sure that there is a contract.
   * @throws CatnixError RPC_UNAVAILABLE, RPC_WRONG_CHAIN, REGISTRY_MISSING
   */
  static async open(rpcUrl: string, id: RegistryId): Promise<Registry> {
    const chain = await connectChain(rpcUrl, id.chainId);
    try {
      const code = await chain.ask(() => chain.provider.getCode(id.registry));
      if (code === "0x") throw new CatnixError("REGISTRY_MISSING", { ...id });
      return new Registry(chain, id, contractAt(id.registry, chain.provider));
    } catch (error) {
      chain.close();
      throw error;
    }
  }

  async state(block: BlockId = "latest"): Promise<RegistryState> {
    const state = await this.#view((contract) => contract.state({ blockTag: block }));
    return {
      head: state.head,
      seq: Number(state.seq),
      cat: { root: state.root.slice(2), depth: Number(state.depth) },
      time: Number(state.time),
    };
  }

  async alarmState(block: BlockId = "latest"): Promise<{ alarmHead: string; alarms: number }> {
    const { alarmHead, alarms } = await this.#view((contract) => contract.alarmState({ blockTag: block }));
    return { alarmHead, alarms: Number(alarms) };
  }

  async council(): Promise<CouncilState> {
    const council = await this.#view((contract) => contract.council());
    return {
      members: [...council.members],
      publishThreshold: Number(council.publishThreshold),
      councilThreshold: Number(council.councilThreshold),
      guardian: council.guardian,
      charter: council.charter.slice(2),
    };
  }

  /** The last act that the withdrawal of a build reaches; 0 where it was never withdrawn. */
  async withdrawnThrough(swarmId: Uint8Array): Promise<number> {
    return Number(await this.#view((contract) => contract.withdrawnThrough(`0x${toHex(swarmId)}`)));
  }

  async isBatchWithdrawn(seq: number): Promise<boolean> {
    return this.#view((contract) => contract.isBatchWithdrawn(seq));
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
    return this.#view((contract) => contract.isApproved(typed, row.seq, slot, path));
  }

  close(): void {
    this.chain.close();
  }

  async #view<T>(call: (contract: CatRegistry) => Promise<T>): Promise<T> {
    return this.chain.ask(() => call(this.contract));
  }
}
