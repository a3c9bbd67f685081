import type { Counter } from "prom-client";
import { planFileAnswer, type ServedFile } from "./file-answer.js";
import type { RelayContext, RelayRequest } from "./relay-context.js";
import { outgoingOf, send, sendHead } from "./send.js";
import { transferFile } from "./transfer-file.js";

/**
 * Answers with a file of Swarm, whole or a range of it; HEAD asks Swarm for nothing.
 * @param failures counts what could not be sent, or not to its end
 * @throws TypeError for GET where the app runs without a socket
 */
export function serveFile(
  context: RelayContext,
  c: RelayRequest,
  file: ServedFile,
  failures: Counter<"code">,
): Response | Promise<Response> {
  const isHead = c.req.method === "HEAD";
  const answer = planFileAnswer(file, {
    ifNoneMatch: c.req.header("if-none-match"),
    ifRange: c.req.header("if-range"),
    // Only GET has ranges (RFC 9110, section 14.2).
    range: isHead ? undefined : c.req.header("range"),
  });
  if (answer.status === 304 || answer.status === 416) return send(c, answer.status, answer.headers);
  if (isHead) return sendHead(c, 200, answer.headers);
  const outgoing = outgoingOf(c);
  if (outgoing === undefined) throw new TypeError("files are sent over a socket only: use listenRelay");
  return transferFile(context, { c, outgoing, file, answer, failures });
}
