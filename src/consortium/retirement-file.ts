import { z } from "zod";
import type { Retirement } from "../cat/retirement.js";
import { account, word } from "../cat/json-fields.js";
import { approvalsSchema } from "./approvals.js";

export const RETIREMENT_FORMAT = "catnix-retirement/1";

const MAX_CHAIN_ID = 2n ** 256n - 1n;

const count = (min: number) => z.int().min(min);

/** The schema of a retirement file; docs/schema/retirement-1.json is made from it. */
export const retirementFileSchema = z.strictObject({
  format: z.literal(RETIREMENT_FORMAT),
  chainId: count(1),
  registry: account,
  retirement: z.strictObject({
    seq: count(1),
    parent: word,
    successorChainId: z
      .string()
      .regex(/^(0|[1-9][0-9]{0,77})$/, "a decimal number")
      .refine((text) => !/^[0-9]{1,78}$/.test(text) || BigInt(text) <= MAX_CHAIN_ID, "more than 256 bits")
      .describe("decimal, since a chain's id may have 256 bits; 0 where there is no successor"),
    successor: account,
    deadline: count(0),
  }),
  approvals: approvalsSchema,
});

/** A retirement as its file has it, the keys in the order in which they are written. */
export function spellRetirement({ seq, parent, successorChainId, successor, deadline }: Retirement) {
  return { seq, parent, successorChainId: String(successorChainId), successor, deadline };
}
