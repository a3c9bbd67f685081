import { ZeroAddress } from "ethers";
import { z } from "zod";
import type { Council } from "../cat/council.js";
import { account, swarmAddress, word } from "../cat/json-fields.js";
import { MAX_MEMBERS } from "../registry/council-file.js";
import { approvalsSchema } from "./approvals.js";

export const COUNCIL_FORMAT = "catnix-council/1";

const count = (min: number) => z.int().min(min);
const member = account.refine((address) => address !== ZeroAddress, "the zero address cannot sign");
const threshold = z.int().min(1).max(MAX_MEMBERS);

/** The schema of a council file; docs/schema/council-1.json is made from it. */
export const councilFileSchema = z.strictObject({
  format: z.literal(COUNCIL_FORMAT),
  chainId: count(1),
  registry: account,
  council: z
    .strictObject({
      seq: count(1),
      parent: word,
      members: z.array(member).min(1).max(MAX_MEMBERS).refine(isAscending, "not ascending, each once"),
      publishThreshold: threshold,
      councilThreshold: threshold,
      guardian: account,
      charter: swarmAddress,
      deadline: count(0),
    })
    .refine((it) => it.publishThreshold <= it.councilThreshold, {
      path: ["councilThreshold"],
      error: "below publishThreshold",
    })
    .refine((it) => it.councilThreshold <= it.members.length, {
      path: ["councilThreshold"],
      error: "more than there are members",
    }),
  approvals: approvalsSchema,
});

/** The act with its keys in the order in which they are written. */
export function orderCouncil(council: Council): Council {
  const { seq, parent, members, publishThreshold, councilThreshold, guardian, charter, deadline } = council;
  return { seq, parent, members, publishThreshold, councilThreshold, guardian, charter, deadline };
}

/** Every rule is looked at, also where another is broken: what is no number is another rule's to refuse. */
function isAscending(members: readonly string[]): boolean {
  const numbers = members.map((address) => (/^0x[0-9a-fA-F]{40}$/.test(address) ? BigInt(address) : 0n));
  return numbers.every((number, at) => at === 0 || numbers[at - 1]! < number);
}
