import { getAddress, isAddress, ZeroAddress, ZeroHash } from "ethers";
import { z } from "zod";
import { CatnixError } from "../errors/catnix-error.js";
import { describeIssues } from "../errors/describe-issues.js";
import { readTextFile } from "../files/read-file.js";

const MAX_COUNCIL_FILE_SIZE = 64 << 10;
/** Members of a council at most. */
export const MAX_MEMBERS = 32;

// A checksum in mixed case must hold: a mistyped member could never be seen otherwise.
const address = z
  .string()
  .regex(/^0x/, "an address begins with 0x")
  .refine((text) => isAddress(text), "not an address, or its checksum fails")
  .transform((text) => getAddress(text));
const member = address.refine((text) => text !== ZeroAddress, "the zero address cannot sign");
const threshold = z.int().min(1).max(MAX_MEMBERS);

const councilSchema = z
  .strictObject({
    members: z.array(member).min(1).max(MAX_MEMBERS),
    publishThreshold: threshold,
    councilThreshold: threshold,
    guardian: address.optional(),
    charter: z
      .string()
      .regex(/^[0-9a-f]{64}$/, "64 lower-case hexadecimal digits")
      .transform((text) => `0x${text}`)
      .optional(),
  })
  .refine((it) => new Set(it.members).size === it.members.length, {
    path: ["members"],
    error: "a member is twice there",
  })
  .refine((it) => it.publishThreshold <= it.councilThreshold, {
    path: ["councilThreshold"],
    error: "below publishThreshold",
  })
  .refine((it) => it.councilThreshold <= it.members.length, {
    path: ["councilThreshold"],
    error: "more than there are members",
  })
  .transform((it) => ({ ...it, members: sortAddresses(it.members) }));

/** A council as the contract's constructor takes it: members ascending, the charter with `0x`. */
export type FoundingCouncil = Omit<z.output<typeof councilSchema>, "guardian" | "charter"> & {
  readonly guardian: string;
  readonly charter: string;
};

/** Ascending as numbers, which is the contract's order. */
export function sortAddresses(addresses: readonly string[]): string[] {
  return [...addresses].sort((a, b) => (BigInt(a) < BigInt(b) ? -1 : 1));
}

/**
 * Reads who shall decide: JSON with `members` in any order, `publishThreshold`, `councilThreshold`, and optionally
 * `guardian` (an address) and `charter` (64 hexadecimal digits, a Swarm address).
 * @param absent what a file means that leaves these out: nobody and none where a registry is founded
 * @throws CatnixError COUNCIL_INVALID, FILE_UNREADABLE
 */
export async function readCouncil(
  file: string,
  absent: Pick<FoundingCouncil, "guardian" | "charter"> = { guardian: ZeroAddress, charter: ZeroHash },
): Promise<FoundingCouncil> {
  const parsed = councilSchema.safeParse(parseJson(file, await readTextFile(file, MAX_COUNCIL_FILE_SIZE)));
  if (parsed.success) {
    const { guardian = absent.guardian, charter = absent.charter, ...rest } = parsed.data;
    return { ...rest, guardian, charter };
  }
  const problems = describeIssues(parsed.error.issues);
  throw new CatnixError("COUNCIL_INVALID", { file, problems });
}

function parseJson(file: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CatnixError("COUNCIL_INVALID", { file, problems: [(error as Error).message] }, { cause: error });
  }
}
