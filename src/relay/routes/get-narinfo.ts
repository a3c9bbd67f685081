import { logFailure } from "../log-failure.js";
import type { RelayContext, RelayHandler } from "../relay-context.js";
import { send, sendNotFound } from "../send.js";

const NARINFO = /^([0-9abcdfghijklmnpqrsvwxyz]{32})\.narinfo$/;

/** Short, so that a proxy does not answer for long what the guardian has withdrawn; clients have their own ideas. */
const HEADERS = { "Content-Type": "text/x-nix-narinfo", "Cache-Control": "public, max-age=30" };

/** `/<hash part>.narinfo`: from the index alone. Whatever goes wrong is a 404. */
export function getNarInfo(context: RelayContext): RelayHandler {
  return (c) => {
    const hashPart = NARINFO.exec(c.req.param("file") ?? "")?.[1];
    if (hashPart === undefined) return sendNotFound(c);
    try {
      const body = context.narInfos.find(hashPart);
      return body === undefined ? sendNotFound(c) : send(c, 200, HEADERS, body);
    } catch (error) {
      logFailure(context, c, error, { hashPart });
      return sendNotFound(c);
    }
  };
}
