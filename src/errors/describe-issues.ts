import type { z } from "zod";

/** What a schema finds wrong, each with its place: `chain.chainId: …`; of the whole without one. */
export function describeIssues(issues: readonly Pick<z.core.$ZodIssue, "path" | "message">[]): string[] {
  return issues.map(({ path, message }) => (path.length === 0 ? message : `${path.join(".")}: ${message}`));
}
