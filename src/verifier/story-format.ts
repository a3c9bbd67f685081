import { z } from "zod";
import { account, swarmAddress, word } from "../cat/json-fields.js";
import { RESULTS } from "../members/attestation.js";

const count = z.int().min(0);
const seq = z.int().min(1);
const narHash = z.string().regex(/^sha256:[0-9a-z]{52}$/);
/** Where something is on the chain. */
const place = { block: count, time: z.int().describe("seconds since 1970 of the block"), transactionHash: word };

const signatureSchema = z.strictObject({
  key: z.string(),
  verdict: z.enum(["holds", "invalid", "unknown"]).describe("unknown: no key of that name is known"),
});

const attestationSchema = z.strictObject({
  member: account,
  name: z.string(),
  attestation: swarmAddress.optional().describe("Swarm address of the member's report"),
  result: z.enum(RESULTS).optional().describe("what it says of this row"),
  deriver: z.string().optional().describe("the derivation that was run"),
  builder: z.string().optional(),
  builderKey: z.string().optional(),
  foundNarHash: narHash.optional(),
  reason: z.string().optional().describe("the member's words, or why there is nothing to show"),
});

const buildSchema = z.strictObject({
  seq: seq.describe("the act that set the row"),
  current: z.boolean().describe("whether it is the row at the root"),
  swarmId: swarmAddress.optional().describe("absent where the quorum withdrew the path"),
  batch: z.strictObject({
    ...place,
    digest: word,
    final: z.boolean(),
    approvers: z.array(
      z.strictObject({
        address: account,
        name: z.string().optional(),
        by: z
          .enum(["signature", "told"])
          .describe(
            "signature: the member's own, of this digest, was recovered; told: the endpoint's word, as for a contract",
          ),
      }),
    ),
  }),
  withdrawals: z.array(
    z.strictObject({ ...place, of: z.enum(["batch", "build"]), reason: z.string().describe("the guardian's words") }),
  ),
  record: z
    .strictObject({
      storePath: z.string(),
      narAddress: swarmAddress,
      fileSize: count,
      narHash,
      narSize: seq,
      references: count.describe("how many paths it refers to"),
      deriver: z.string().optional().describe("the publisher's word"),
      listing: swarmAddress.optional(),
    })
    .optional(),
  recordError: z.string().optional().describe("why the record cannot be shown"),
  signatures: z.array(signatureSchema).optional(),
  attestations: z.array(attestationSchema).optional().describe("of the current build, where there is a charter"),
});

/** What `catnix explain --json` prints; docs/schema/story-1.json is made from it. */
export const storySchema = z.strictObject({
  format: z.literal("catnix-story/1"),
  chainId: seq,
  registry: account,
  endpoint: z.string().describe("whose word the chain's state, blocks, times and transactions are"),
  block: z.strictObject({ number: count, hash: word }),
  seq: count.describe("the last act"),
  root: swarmAddress,
  asked: z.string(),
  hashPart: z.string().regex(/^[0-9a-z]{32}$/),
  status: z.enum(["approved", "withdrawn", "unknown"]),
  withdrawnBy: z.enum(["quorum", "guardian"]).optional(),
  charter: z.strictObject({ address: swarmAddress, name: z.string() }).optional(),
  builds: z.array(buildSchema).describe("all that was ever listed, the newest first"),
  unread: z.array(seq).describe("acts whose delta cannot be had: what they say of the path is not known"),
});

export type Story = z.output<typeof storySchema>;
export type StoryBuild = Story["builds"][number];
