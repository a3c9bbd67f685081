import { type BytesLike, Interface, isError } from "ethers";
import { CatnixError } from "../errors/catnix-error.js";
import { isSignatureOf, type TypedData, typedDataDigest } from "../keys/typed-data.js";
import { type AccountKind, readAccountKind } from "./account-kind.js";
import { askChain } from "./ask-chain.js";
import { findRefusal } from "./find-refusal.js";
import type { Registry } from "./registry.js";

const erc1271 = new Interface(["function isValidSignature(bytes32 hash, bytes signature) view returns (bytes4)"]);
/** The first word of the only answer that counts; what follows it is not looked at. */
const HOLDS = `0x1626ba7e${"00".repeat(28)}`;

/** What a signature is worth at the latest block, and to whom it belongs. */
export interface JudgedSignature {
  readonly kind: AccountKind["kind"];
  readonly holds: boolean;
}

/**
 * Judges a signature as the registry will (contracts/libraries/MemberSignature.sol): the account's own key first, also where it
 * delegates to a contract (EIP-7702), whose delegate is never asked; else a contract says so itself (ERC-1271), and may say
 * something else at a later block.
 * @param member checksummed
 * @param signature `0x` and lower-case hex; may be empty for a contract
 * @throws CatnixError RPC_UNAVAILABLE, RPC_ANSWER_INVALID
 */
export async function judgeSignature(
  registry: Registry,
  data: TypedData,
  { member, signature }: { readonly member: string; readonly signature: string },
): Promise<JudgedSignature> {
  const { kind } = await readAccountKind(registry.chain, member);
  if (isSignatureOf(data, member, signature)) return { kind, holds: true };
  return { kind, holds: kind === "contract" && (await askMember(registry, member, typedDataDigest(data), signature)) };
}

/**
 * As the registry calls it. An endpoint lets a contract write while it is asked, which the registry does not: one that does is found
 * out where the act is simulated before it is sent.
 */
function askMember({ chain, id }: Registry, member: string, digest: string, signature: BytesLike): Promise<boolean> {
  const data = erc1271.encodeFunctionData("isValidSignature", [digest, signature]);
  return askChain(chain, async () => {
    try {
      const answer = await chain.provider.call({ from: id.registry, to: member, data });
      return answer.toLowerCase().startsWith(HOLDS);
    } catch (error) {
      const reason = findRefusal(error);
      if (reason !== undefined)
        throw new CatnixError("RPC_UNAVAILABLE", { url: chain.rpcUrl, reason }, { cause: error });
      if (isError(error, "CALL_EXCEPTION")) return false; // it reverts, or wants more gas than there is
      throw error;
    }
  });
}
