import { CatnixError } from "../../errors/catnix-error.js";
import { RpcError } from "./rpc-call.js";

/** A block's own hash, that of the one before it, and its time in seconds since 1970. */
export interface AnvilBlock {
  readonly hash: string;
  readonly parent: string;
  readonly timestamp: number;
}

/** Calls an anvil of our own. */
export class AnvilClient {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  /**
   * @throws RpcError what anvil answers
   * @throws CatnixError DEV_CHAIN_ENDED where it does not
   */
  async call(method: string, params: readonly unknown[] = []): Promise<unknown> {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
    const request = { method: "POST", headers: { "content-type": "application/json" }, body };
    const answer = await fetch(this.#url, request).then(
      (response) => response.json() as Promise<{ result?: unknown; error?: AnvilError }>,
      (cause: unknown) => {
        throw new CatnixError("DEV_CHAIN_ENDED", undefined, { cause });
      },
    );
    if (answer.error) throw new RpcError(answer.error.code, answer.error.message, answer.error.data);
    return answer.result;
  }

  latestBlock(): Promise<AnvilBlock> {
    return this.#block("latest");
  }

  /** What it would mine next, were it told to now: the time is that of the chain's own clock. */
  nextBlock(): Promise<AnvilBlock> {
    return this.#block("pending");
  }

  async #block(name: string): Promise<AnvilBlock> {
    const block = (await this.call("eth_getBlockByNumber", [name, false])) as Record<string, string>;
    return { hash: block["hash"]!, parent: block["parentHash"]!, timestamp: Number(block["timestamp"]) };
  }

  /** Mines a block of what is in the pool. */
  async mine(timestamp: number): Promise<void> {
    await this.call("evm_mine", [{ timestamp }]);
  }
}

interface AnvilError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}
