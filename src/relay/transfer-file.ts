import type { ServerResponse } from "node:http";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import type { Counter } from "prom-client";
import { CatnixError } from "../errors/catnix-error.js";
import type { FileAnswer } from "./file-answer.js";
import { logFailure } from "./log-failure.js";
import { type OpenedFile, openFile } from "./open-file.js";
import type { RelayContext, RelayRequest } from "./relay-context.js";
import { sendNotFound } from "./send.js";
import { breakOff, ClientLeft, signalOfClient, writePiece } from "./write-body.js";

/** One file on its way to one client. */
export interface FileTransfer {
  readonly c: RelayRequest;
  readonly outgoing: ServerResponse;
  /** A file that the index approves of; its size in bytes. */
  readonly file: { readonly address: string; readonly size: number };
  readonly answer: FileAnswer;
  /** Counts what could not be sent, or not to its end. */
  readonly failures: Counter<"code">;
}

/**
 * Sends a range of a file from Swarm to the client, in its turn. What fails before the first byte is a 404; after it, the
 * connection is closed before its `Content-Length` is reached, so that nobody takes a part, or wrong bytes, for the whole.
 */
export async function transferFile(context: RelayContext, transfer: FileTransfer): Promise<Response> {
  const signal = signalOfClient(transfer.outgoing);
  context.metrics.narTransfers.inc();
  try {
    return await context.limitNars(() => transferNow(context, transfer, signal));
  } finally {
    context.metrics.narTransfers.dec();
  }
}

async function transferNow(context: RelayContext, transfer: FileTransfer, signal: AbortSignal): Promise<Response> {
  const { c, outgoing, file, answer } = transfer;
  let opened: OpenedFile;
  try {
    signal.throwIfAborted(); // gone while it waited for its turn
    opened = await openFile(context.store, file, answer.range, signal);
  } catch (error) {
    if (signal.aborted) return RESPONSE_ALREADY_SENT;
    countFailure(context, transfer, error);
    return sendNotFound(c);
  }
  try {
    outgoing.writeHead(answer.status, answer.headers);
    await sendPieces(transfer, opened, context.clientStallMs);
    outgoing.end();
  } catch (error) {
    const isClients = signal.aborted || error instanceof ClientLeft;
    if (!isClients) countFailure(context, transfer, error);
    breakOff(outgoing, isClients ? 0 : context.clientStallMs);
  }
  return RESPONSE_ALREADY_SENT;
}

/** Never more bytes than were announced, and an error where there are fewer. */
async function sendPieces(
  { c, outgoing, file, answer }: FileTransfer,
  opened: OpenedFile,
  stallMs: number,
): Promise<void> {
  const { address } = file;
  const expected = answer.range.end - answer.range.start;
  let sent = 0;
  for await (const piece of opened.pieces) {
    sent += piece.length;
    if (sent > expected) throw new CatnixError("SWARM_SIZE_MISMATCH", { address, expected, actual: sent });
    const drained = writePiece(outgoing, piece, stallMs);
    c.set("bytes", sent);
    if (drained !== undefined) await drained;
  }
  if (sent < expected) throw new CatnixError("SWARM_TRUNCATED", { address, expected, received: sent });
}

function countFailure(context: RelayContext, { c, file, failures }: FileTransfer, error: unknown): void {
  const code = logFailure(context, c, error, { address: file.address, sent: c.get("bytes") });
  failures.labels(code).inc();
}
