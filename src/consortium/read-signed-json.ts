import type { z } from "zod";
import { parseJsonStrictly } from "../encoding/parse-json.js";
import { CatnixError } from "../errors/catnix-error.js";
import { describeIssues } from "../errors/describe-issues.js";
import { readTextFile } from "../files/read-file.js";

/** What a file that is no such file is refused with. */
export type SignedFileError = "BATCH_FILE_INVALID" | "ACT_FILE_INVALID";

const MAX_SIGNED_FILE_SIZE = 1 << 20;

/**
 * Reads the JSON of a file that holds an act and its approvals: up to 1 MiB, no key twice.
 * @throws CatnixError FILE_UNREADABLE, `invalid`
 */
export async function readSignedJson(file: string, invalid: SignedFileError): Promise<unknown> {
  const text = await readTextFile(file, MAX_SIGNED_FILE_SIZE);
  try {
    return parseJsonStrictly(text);
  } catch (error) {
    throw new CatnixError(invalid, { file, reason: (error as Error).message }, { cause: error });
  }
}

/**
 * Takes such JSON for what a schema describes.
 * @throws CatnixError `invalid`
 */
export function parseSignedJson<S extends z.ZodType>(
  file: string,
  invalid: SignedFileError,
  schema: S,
  json: unknown,
): z.output<S> {
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  throw new CatnixError(invalid, { file, reason: describeIssues(parsed.error.issues).join("; ") });
}
