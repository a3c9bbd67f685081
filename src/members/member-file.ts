import { CatnixError } from "../errors/catnix-error.js";
import { describeIssues } from "../errors/describe-issues.js";
import { readTextFile } from "../files/read-file.js";
import { type CharterMember, charterMemberSchema, orderMember } from "./charter.js";

/** An entry is a few lines; this leaves room for a long scope. */
const MAX_MEMBER_FILE_SIZE = 1 << 17;

/**
 * Reads what a member says of itself, as `catnix charter member` writes it or by hand: white space and order do not matter.
 * @throws CatnixError CHARTER_ENTRY_INVALID, FILE_UNREADABLE
 */
export async function readMemberFile(file: string): Promise<CharterMember> {
  const text = await readTextFile(file, MAX_MEMBER_FILE_SIZE);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw new CatnixError("CHARTER_ENTRY_INVALID", { file, reason: (error as Error).message }, { cause: error });
  }
  return checkMember(json, file);
}

/**
 * An entry that holds by the rules of charters.
 * @param file where it is from, or what it would be, for messages
 * @throws CatnixError CHARTER_ENTRY_INVALID
 */
export function checkMember(json: unknown, file: string): CharterMember {
  const parsed = charterMemberSchema.safeParse(json);
  if (!parsed.success)
    throw new CatnixError("CHARTER_ENTRY_INVALID", { file, reason: describeIssues(parsed.error.issues).join("; ") });
  return parsed.data;
}

/** The text of an entry's file. */
export function formatMember(member: CharterMember): string {
  return `${JSON.stringify(orderMember(member), undefined, 2)}\n`;
}
