import { TypedDataEncoder, type TypedDataField } from "ethers";
import { type Batch, BATCH_TYPES, domainOf, type RegistryId, toTypedBatch } from "./batch.js";
import { type Council, COUNCIL_TYPES, toTypedCouncil } from "./council.js";
import { type Retirement, RETIREMENT_TYPES } from "./retirement.js";

/** Anything that a quorum signs (docs/spec.md, Registry contract); only a batch changes the CAT. */
export type Act =
  | { readonly kind: "batch"; readonly batch: Batch }
  | { readonly kind: "council"; readonly council: Council }
  | { readonly kind: "retirement"; readonly retirement: Retirement };

/** What every act carries: its place in the history, and until when the chain takes it. */
export type ActPlace = Pick<Batch, "seq" | "parent" | "deadline">;

/** The act itself, whatever kind it is. */
export function contentOf(act: Act): Batch | Council | Retirement {
  switch (act.kind) {
    case "batch":
      return act.batch;
    case "council":
      return act.council;
    case "retirement":
      return act.retirement;
  }
}

/** The act as members sign it (EIP-712). */
export function typedDataOf(registry: RegistryId, act: Act) {
  return { domain: domainOf(registry), ...spellAct(act) };
}

function spellAct(act: Act): { types: Record<string, TypedDataField[]>; value: Record<string, unknown> } {
  switch (act.kind) {
    case "batch":
      return { types: BATCH_TYPES, value: toTypedBatch(act.batch) };
    case "council":
      return { types: COUNCIL_TYPES, value: toTypedCouncil(act.council) };
    case "retirement":
      return { types: RETIREMENT_TYPES, value: { ...act.retirement } };
  }
}

/** The registry's head once the act is approved: `0x` and 64 hex digits. */
export function actDigest(registry: RegistryId, act: Act): string {
  const { domain, types, value } = typedDataOf(registry, act);
  return TypedDataEncoder.hash(domain, types, value);
}
