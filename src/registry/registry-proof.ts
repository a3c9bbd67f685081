import type { RegistryId } from "../cat/batch.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { MAX_PROOF_SLOTS, type ProvedAccount, verifyAccountProof } from "../state-proof/account-proof.js";
import type { BlockHeader } from "../state-proof/block-header.js";
import { askChain } from "./ask-chain.js";
import type { Chain } from "./connect.js";
import { isRefusal } from "./event-reader.js";
import { firstOf } from "./first-of.js";
import { runtimeCodeHash } from "./runtime-code.js";

/** keccak-256 of no bytes. */
const NO_CODE = "0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470";

/** The registry's storage at one block, each word proved up to that block's hash. */
export class ProvedStorage {
  /**
   * @param chains endpoints that are asked for proofs, one after another until one holds
   * @param header of a block that is trusted
   * @param codeHash that the registry's code has to have: `0x` and 64 hex digits
   */
  constructor(
    readonly chains: readonly Chain[],
    readonly id: RegistryId,
    readonly header: BlockHeader,
    readonly codeHash: string = runtimeCodeHash(id),
  ) {}

  /**
   * Reads slots, 64 at most, and with them proves once more that the account has the registry's code.
   * @throws CatnixError STATE_PROOF_INVALID, PROOF_UNAVAILABLE, REGISTRY_MISSING, REGISTRY_CODE_UNKNOWN
   */
  async read(slots: readonly bigint[]): Promise<ProvedAccount> {
    if (slots.length > MAX_PROOF_SLOTS) throw new RangeError(`${slots.length} slots in one question`);
    const { registry } = this.id;
    const { number, stateRoot } = this.header;
    const account = await firstOf(this.chains, async (chain) => {
      const keys = slots.map((slot) => `0x${slot.toString(16).padStart(64, "0")}`);
      const answer = await this.#ask(chain, [registry, keys, `0x${number.toString(16)}`]);
      return { proved: verifyAccountProof(answer, { stateRoot, address: registry, slots }) };
    });
    if (account.proved === undefined || account.proved.codeHash === NO_CODE)
      throw new CatnixError("REGISTRY_MISSING", { ...this.id });
    const { codeHash: found } = account.proved;
    if (found !== this.codeHash)
      throw new CatnixError("REGISTRY_CODE_UNKNOWN", { registry, found, known: this.codeHash });
    return account.proved;
  }

  /** An endpoint that answers, but has no state of that block or knows no proofs, is another matter than one that is down. */
  async #ask(chain: Chain, params: unknown[]): Promise<unknown> {
    try {
      return await askChain(chain, () => chain.provider.send("eth_getProof", params) as Promise<unknown>);
    } catch (error) {
      if (!isCatnixError(error, "RPC_UNAVAILABLE") || !isRefusal(error)) throw error;
      const { reason } = error.details;
      const { number: block } = this.header;
      throw new CatnixError("PROOF_UNAVAILABLE", { url: chain.rpcUrl, block, reason }, { cause: error });
    }
  }
}
