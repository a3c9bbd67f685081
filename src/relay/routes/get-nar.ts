import { logFailure } from "../log-failure.js";
import { planNarAnswer } from "../nar-answer.js";
import type { RelayContext, RelayHandler, RelayRequest } from "../relay-context.js";
import { outgoingOf, send, sendHead, sendNotFound } from "../send.js";
import { transferNar } from "../transfer-nar.js";

const NAR = /^([0-9a-f]{64})\.nar(\.zst)?$/;

/**
 * `/nar/<Swarm address>.nar[.zst]`: bytes from Swarm, where the index knows the address as the NAR of an approved record that is
 * not withdrawn. HEAD is answered from the index alone.
 */
export function getNar(context: RelayContext): RelayHandler {
  return (c) => {
    const match = NAR.exec(c.req.param("file") ?? "");
    if (match === null) return sendNotFound(c);
    const [, address, extension] = match as unknown as [string, string, string | undefined];
    const nar = findNar(context, c, address);
    if (nar?.compression !== (extension === undefined ? "none" : "zstd")) return sendNotFound(c);

    const isHead = c.req.method === "HEAD";
    const answer = planNarAnswer(address, nar.fileSize, {
      ifNoneMatch: c.req.header("if-none-match"),
      ifRange: c.req.header("if-range"),
      // Only GET has ranges (RFC 9110, section 14.2).
      range: isHead ? undefined : c.req.header("range"),
    });
    if (answer.status === 304 || answer.status === 416) return send(c, answer.status, answer.headers);
    if (isHead) return sendHead(c, 200, answer.headers);
    const outgoing = outgoingOf(c);
    if (outgoing === undefined) throw new TypeError("a NAR is sent over a socket only: use listenRelay");
    return transferNar(context, { c, outgoing, file: { address, size: nar.fileSize }, answer });
  };
}

function findNar(context: RelayContext, c: RelayRequest, address: string) {
  try {
    return context.index.findNar(address);
  } catch (error) {
    logFailure(context, c, error, { address });
    return undefined;
  }
}
