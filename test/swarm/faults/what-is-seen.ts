import { expect } from "chai";
import { isCatnixError } from "../../../src/errors/catnix-error.js";
import type { ContentStore } from "../../../src/swarm/content-store.js";
import { commitBatch } from "../../support/fill-index.js";
import { httpGet } from "../../support/http-get.js";
import { startRelay } from "../../support/start-relay.js";
import { ADDRESS, FILE, RECORD } from "./fault-world.js";
import type { Seen } from "./rows.js";

/** What a client sees: every byte that it gets is right, whatever becomes of the rest. */
export async function readThrough(store: ContentStore): Promise<Seen[0]> {
  let received = 0;
  try {
    for await (const piece of (await store.read(ADDRESS, { size: FILE.length })).body) {
      expect(Buffer.compare(piece, FILE.subarray(received, received + piece.length))).to.equal(0);
      received += piece.length;
    }
    expect(received).to.equal(FILE.length);
    return "whole";
  } catch (error) {
    if (isCatnixError(error)) return error.code;
    throw error;
  }
}

/** What Nix would see at a relay over this store. */
export async function fetchThrough(store: ContentStore): Promise<Seen[1]> {
  const relay = await startRelay({ store });
  try {
    await commitBatch(relay.writer, RECORD);
    const { status, body, complete } = await httpGet(`${relay.url}/nar/${ADDRESS}.nar`);
    if (status === 404) return "404";
    expect(status).to.equal(200);
    expect(body.equals(FILE.subarray(0, body.length))).to.equal(true);
    expect(complete).to.equal(body.length === FILE.length);
    return complete ? "whole" : "cut";
  } finally {
    await relay.close();
  }
}
