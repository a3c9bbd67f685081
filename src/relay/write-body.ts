import type { ServerResponse } from "node:http";

/** The client closed its connection, or took nothing for too long. Nobody is told: there is nobody left. */
export class ClientLeft extends Error {
  override readonly name = "ClientLeft";
}

/** Aborted when the client's connection closes: at the latest after the answer, when nobody listens any more. */
export function signalOfClient(outgoing: ServerResponse): AbortSignal {
  const reason = new ClientLeft("the connection was closed");
  if (outgoing.destroyed) return AbortSignal.abort(reason);
  const left = new AbortController();
  outgoing.once("close", () => left.abort(reason));
  return left.signal;
}

/**
 * Writes one piece to Node's response, and waits where its buffers are full.
 * @param stallMs how long the client may take nothing
 * @throws ClientLeft
 */
export function writePiece(outgoing: ServerResponse, piece: Uint8Array, stallMs: number): Promise<void> | undefined {
  if (outgoing.destroyed) throw new ClientLeft("the connection is closed");
  return outgoing.write(piece) ? undefined : waitForDrain(outgoing, stallMs);
}

function waitForDrain(outgoing: ServerResponse, stallMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: ClientLeft) => {
      clearTimeout(timer);
      outgoing.off("drain", onDrain).off("close", onClose);
      if (error === undefined) resolve();
      else reject(error);
    };
    const onDrain = () => settle();
    const onClose = () => settle(new ClientLeft("the connection was closed"));
    const timer = setTimeout(() => settle(new ClientLeft(`nothing was taken for ${stallMs} ms`)), stallMs);
    outgoing.on("drain", onDrain).on("close", onClose);
  });
}

/**
 * Ends an answer before its announced end: what was written still goes out, so that the client can go on from there, then the
 * connection is closed, at the latest after `stallMs`.
 */
export function breakOff(outgoing: ServerResponse, stallMs: number): void {
  const { socket } = outgoing;
  if (socket === null || outgoing.destroyed) {
    outgoing.destroy();
    return;
  }
  socket.destroySoon();
  const timer = setTimeout(() => socket.destroy(), stallMs);
  socket.once("close", () => clearTimeout(timer));
}
