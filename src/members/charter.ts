import { z } from "zod";
import { account } from "../cat/json-fields.js";
import { equalBytes } from "../encoding/bytes.js";
import { CatnixError, isCatnixError } from "../errors/catnix-error.js";
import { describeIssues } from "../errors/describe-issues.js";
import { parsePublicKey } from "../nix/signing-key.js";
import { MAX_MEMBERS } from "../registry/council-file.js";
import { scopeSchema } from "./scope.js";

/** Bytes of a charter at most. */
export const MAX_CHARTER_SIZE = 1 << 20;
const FORMAT = "catnix-charter/1";

/** The consortium's member directory, which a council names by its Swarm address (docs/spec.md, Charter). */
export type Charter = z.output<typeof charterSchema>;

/** What a member says of itself: public facts only. */
export type CharterMember = z.output<typeof charterMemberSchema>;

/** Nothing that could make a line of a terminal say something else than it says. */
const text = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .refine(
      (it) => !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|^\s|\s$/u.test(it),
      "control characters, or white space around it",
    );
const system = z.string().regex(/^[a-z0-9_]{1,32}-[a-z0-9_]{1,32}$/, "a system such as x86_64-linux");
const systems = z.array(system).min(1).max(32).refine(isAscending, "strictly ascending, each once");
const nixKey = z.string().max(300).refine(isPublicKey, "<name>:<base64 of 32 bytes>");

/** One member's entry; docs/schema/charter-1.json is made from it. */
export const charterMemberSchema = z
  .strictObject({
    address: account.describe("the member in the registry"),
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, "lower-case letters, digits and dashes, at most 63")
      .describe("unique; the names of its Nix keys begin with it"),
    title: text(200).optional().describe("for people"),
    site: z
      .string()
      .max(300)
      .regex(/^https:\/\/[^\s\p{Cc}\p{Cf}@]+$/u, "an https URL without a user")
      .refine((url) => URL.canParse(url), "a URL")
      .optional(),
    ownedKey: account.describe("owner of the member's owned chunks"),
    nixKeys: z.strictObject({ rebuilt: nixKey.optional(), copied: nixKey.optional() }),
    scope: scopeSchema(systems).optional().describe("what it speaks for; absent: everything"),
  })
  .superRefine(({ name, nixKeys }, context) => {
    for (const kind of ["rebuilt", "copied"] as const) {
      const key = nixKeys[kind]?.split(":")[0];
      if (key === undefined || new RegExp(`^${name}-${kind}-[1-9][0-9]{0,8}$`).test(key)) continue;
      context.addIssue({
        code: "custom",
        path: ["nixKeys", kind],
        message: `its name is not ${name}-${kind}-<number>`,
      });
    }
  });

/** The whole directory; docs/schema/charter-1.json is made from it. */
export const charterSchema = z
  .strictObject({
    format: z.literal(FORMAT),
    name: text(200).describe("the consortium's"),
    storeDir: z
      .string()
      .max(255)
      .regex(/^(\/(?!\.{1,2}(\/|$))[A-Za-z0-9+._-]+)+$/, "an absolute path")
      .describe("store folder of the registry's paths"),
    systems: systems.optional().describe("what the CAT has builds for"),
    members: z.array(charterMemberSchema).min(1).max(MAX_MEMBERS).refine(isAscendingByAddress, {
      error: "not ascending by address, each once",
    }),
  })
  .superRefine(({ members }, context) => {
    const requireUnique = (what: string, values: readonly string[]) => {
      const twice = values.find((value, at) => values.indexOf(value) !== at);
      if (twice !== undefined)
        context.addIssue({ code: "custom", path: ["members"], message: `${what} ${twice} is there twice` });
    };
    requireUnique(
      "the name",
      members.map(({ name }) => name),
    );
    // One owner has one chunk of an identifier: two members would overwrite each other's.
    requireUnique(
      "the owned key",
      members.map(({ ownedKey }) => ownedKey),
    );
    // What one key signed holds under any name that the key has: "copied" could be shown as "rebuilt".
    requireUnique(
      "the Nix key",
      members.flatMap(({ nixKeys: { rebuilt, copied } }) =>
        [rebuilt, copied].flatMap((key) => (key === undefined ? [] : [key.slice(key.indexOf(":") + 1)])),
      ),
    );
  });

/**
 * Reads a charter: its canonical bytes and no others, so that one directory has one address.
 * @param charter where it is from, for messages
 * @throws CatnixError CHARTER_INVALID
 */
export function parseCharter(bytes: Uint8Array, charter = "this"): Charter {
  const invalid = (reason: string, cause?: unknown) =>
    new CatnixError("CHARTER_INVALID", { charter, reason }, { cause });
  if (bytes.length > MAX_CHARTER_SIZE) throw invalid(`longer than ${MAX_CHARTER_SIZE} bytes`);
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch (error) {
    throw invalid((error as Error).message, error);
  }
  const parsed = charterSchema.safeParse(json);
  if (!parsed.success) throw invalid(describeIssues(parsed.error.issues).join("; "));
  if (equalBytes(formatCharter(parsed.data), bytes)) return parsed.data;
  throw invalid("not written canonically: the order of keys, the indent, a line's end, something twice");
}

/**
 * Strict inverse of {@link parseCharter}.
 * @throws CatnixError CHARTER_INVALID where it is none, such as with members in another order
 */
export function formatCharter(charter: Charter): Uint8Array {
  const checked = charterSchema.safeParse(charter);
  if (!checked.success)
    throw new CatnixError("CHARTER_INVALID", {
      charter: "this",
      reason: describeIssues(checked.error.issues).join("; "),
    });
  const { format, name, storeDir, systems, members } = checked.data;
  const ordered = { format, name, storeDir, systems, members: members.map(orderMember) };
  return new TextEncoder().encode(`${JSON.stringify(ordered, undefined, 2)}\n`);
}

/** A member's entry with its keys in the order in which they are written. */
export function orderMember({ address, name, title, site, ownedKey, nixKeys, scope }: CharterMember): CharterMember {
  const { rebuilt, copied } = nixKeys;
  const { packages, systems } = scope ?? {};
  return { address, name, title, site, ownedKey, nixKeys: { rebuilt, copied }, scope: scope && { packages, systems } };
}

function isAscending(values: readonly string[]): boolean {
  return values.every((value, at) => at === 0 || values[at - 1]! < value);
}

function isAscendingByAddress(members: readonly { readonly address: string }[]): boolean {
  return members.every(({ address }, at) => at === 0 || toNumber(members[at - 1]!.address) < toNumber(address));
}

/** The rule about order is looked at also where an address is none. */
function toNumber(address: string): bigint {
  return /^0x[0-9a-fA-F]{40}$/.test(address) ? BigInt(address) : 0n;
}

function isPublicKey(text: string): boolean {
  try {
    return parsePublicKey(text).bytes.length > 0;
  } catch (error) {
    if (isCatnixError(error, "NIX_KEY_INVALID")) return false;
    throw error;
  }
}
