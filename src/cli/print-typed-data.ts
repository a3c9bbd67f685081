import { writeFileWhole } from "../files/write-file.js";
import { toTypedDataJson, type TypedData, typedDataDigest } from "../keys/typed-data.js";
import type { Registry } from "../registry/registry.js";
import { encodeSignMessage, type Safe, typedSafeMessage } from "../registry/safe.js";
import type { Context } from "./context.js";
import { describeTypedData, hashTypedData } from "./describe-typed-data.js";

export interface ToSignElsewhere {
  /** What the registry wants the member's signature of. */
  readonly act: TypedData;
  /** Checksummed. */
  readonly member: string;
  /** The member where it is a Safe: its owners sign a message of its own. */
  readonly safe: Safe | undefined;
  /** Written there too. */
  readonly out: string | undefined;
  /** What else is said of it in JSON. */
  readonly facts?: object;
}

/**
 * Prints the EIP-712 JSON that somebody signs elsewhere, with the hash that the wallet has to show.
 * @throws CatnixError FILE_UNWRITABLE
 */
export async function printTypedData(context: Context, registry: Registry, it: ToSignElsewhere): Promise<void> {
  const { act, member, safe, out } = it;
  const data = safe ? typedSafeMessage(registry, safe.address, act) : act;
  const typedData = toTypedDataJson(data);
  const facts = {
    member,
    digest: typedDataDigest(act),
    signs: typedDataDigest(data),
    hashes: hashTypedData(data),
    ...it.facts,
  };
  const onChain = safe && { signMessage: encodeSignMessage(act), owners: safe.owners, threshold: safe.threshold };
  const text = JSON.stringify(typedData, undefined, 2);
  if (out !== undefined) await writeFileWhole(out, `${text}\n`);
  if (safe)
    context.note(`\nOn chain instead: a delegate call of the Safe to its SignMessageLib with ${onChain!.signMessage}`);
  if (safe) context.note(`\n${describeTypedData(data)}`);
  context.note(`\nSign it as ${safe ? "an owner of " : ""}${member}; the wallet has to show the hash ${facts.signs}`);
  context.print({ ...facts, typedData, ...onChain, ...(out !== undefined && { file: out }) }, out ?? text);
}
