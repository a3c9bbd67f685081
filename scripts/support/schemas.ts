import { format } from "prettier";
import { z } from "zod";
import { batchFileSchema } from "../../src/consortium/batch-file.js";
import { councilFileSchema } from "../../src/consortium/council-act-file.js";
import { retirementFileSchema } from "../../src/consortium/retirement-file.js";
import { attestationSchema } from "../../src/members/attestation.js";
import { charterSchema } from "../../src/members/charter.js";
import { signatureListHeadSchema } from "../../src/members/signature-list.js";
import { resolutionSchema } from "../../src/resolver/resolution-format.js";
import { storySchema } from "../../src/verifier/story-format.js";
import { verificationSchema } from "../../src/verifier/verification-format.js";

/**
 * The JSON Schemas in docs/schema, by their files' names. What a schema cannot say (checksums, which keys go with which status)
 * is in docs/spec.md and docs/resolve.md.
 */
export const SCHEMAS = {
  "attestation-1.json": { title: "catnix attestation, version 1", schema: attestationSchema },
  "batch-1.json": { title: "catnix batch file, version 1", schema: batchFileSchema },
  "charter-1.json": { title: "catnix charter, version 1", schema: charterSchema },
  "council-1.json": { title: "catnix council file, version 1", schema: councilFileSchema },
  "retirement-1.json": { title: "catnix retirement file, version 1", schema: retirementFileSchema },
  "resolution-1.json": { title: "catnix resolution, version 1", schema: resolutionSchema },
  "signatures-1.json": { title: "first line of a catnix signature list, version 1", schema: signatureListHeadSchema },
  "story-1.json": { title: "catnix story of a path, version 1", schema: storySchema },
  "verification-1.json": { title: "catnix verification, version 1", schema: verificationSchema },
} as const;

/** The content of one of the files. */
export async function formatSchema(name: keyof typeof SCHEMAS): Promise<string> {
  const { title, schema } = SCHEMAS[name];
  const { $schema, ...rest } = z.toJSONSchema(schema);
  return format(JSON.stringify({ $schema, title, ...rest }), { parser: "json", printWidth: 120 });
}
