import { CatnixError, isCatnixError } from "../../errors/catnix-error.js";
import type { ErrorCode } from "../../errors/descriptors.js";

/** From what says most of the content to what says least. */
const RANKING: readonly ErrorCode[] = [
  "SWARM_NOT_FOUND",
  "SWARM_MISMATCH",
  "SWARM_CHUNK_INVALID",
  "SWARM_TOO_LARGE",
  "SWARM_SIZE_MISMATCH",
  "SWARM_BUSY",
  "SWARM_TRUNCATED",
  "SWARM_UNREACHABLE",
  "SWARM_TIMEOUT",
  "SWARM_REQUEST_REFUSED",
  "SWARM_ANSWER_INVALID",
];

/**
 * The error of a request that failed at every endpoint: that of the only one as it is, else the one that says most. A node that
 * answered that it does not have the content counts more than one that did not answer: what is missing is looked for again later.
 * @param errors at least one
 */
export function mostTelling(errors: readonly CatnixError[]): CatnixError {
  const rank = ({ code }: CatnixError) => RANKING.indexOf(code) >>> 0;
  const best = errors.toSorted((a, b) => rank(a) - rank(b))[0];
  if (best === undefined) throw new TypeError("no error");
  const others = errors.filter((error) => error !== best && error.code !== "SWARM_NOT_FOUND");
  if (!isCatnixError(best, "SWARM_NOT_FOUND") || others.length === 0) return best;
  const { address, reason = "a node does not have it" } = best.details;
  const said = [reason, ...others.map(({ message }) => message)].join("; ");
  return new CatnixError("SWARM_NOT_FOUND", { address, reason: said }, { cause: new AggregateError(errors) });
}
