import { expect } from "chai";
import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { join } from "node:path";
import { BeeStore } from "../../src/swarm/bee-store.js";
import type { SwarmReport } from "../../src/swarm/open-store.js";
import { startFaultProxy } from "../support/fault-proxy.js";
import { commitBatch, makeRecord } from "../support/fill-index.js";
import { httpGet } from "../support/http-get.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { startNode } from "../support/start-node.js";
import { startProgram } from "../support/start-program.js";
import { startRelay } from "../support/start-relay.js";
import { makeTempFolder } from "../support/temp-folder.js";
import { makeStore } from "../swarm/faults/fault-world.js";

const batchId = "0".repeat(64);
const NAR = pseudoRandomBytes(5_000_000, 8);
const RECORD = makeRecord("large", NAR);

describe("relay, over several Swarm nodes", function () {
  this.timeout(60_000);

  it("gives a client the whole NAR where the first node is killed in the middle of it", async () => {
    const folder = await makeTempFolder();
    const dying = startProgram(new URL("../support/run-node.ts", import.meta.url).pathname, [
      join(folder.path, "chunks.db"),
    ]);
    const url = (await dying.nextLine())!;
    const second = await startNode();
    for (const node of [url, second.url]) await new BeeStore({ url: node, batchId }).write(NAR);
    // Slow enough that it is killed in the middle.
    const proxy = await startFaultProxy(url);
    proxy.rule = ({ url: path }) =>
      path!.startsWith("/bytes/") ? { kind: "drip", bytes: 100_000, everyMs: 50 } : undefined;
    const store = makeStore([proxy.url, second.url]);
    const relay = await startRelay({ store, swarm: () => ({ endpoints: store.endpoints() }) });
    try {
      await commitBatch(relay.writer, RECORD);
      const asked = request(`${relay.url}/nar/${RECORD.narAddress}.nar`, { agent: false });
      asked.end();
      const [answer] = (await once(asked, "response")) as [IncomingMessage];
      const pieces: Buffer[] = [];
      let received = 0;
      let isDead = false;
      for await (const piece of answer as AsyncIterable<Buffer>) {
        pieces.push(piece);
        received += piece.length;
        if (isDead || received < 1_000_000) continue;
        isDead = true;
        await Promise.all([dying.kill(), proxy.close()]);
      }
      expect([answer.statusCode, answer.complete]).to.deep.equal([200, true]);
      expect(Buffer.concat(pieces).equals(NAR)).to.equal(true);
      const [first, other] = store.endpoints();
      expect(first!.state).to.equal("failing");
      expect([first!.bytes > 0, other!.bytes > 0, first!.bytes + other!.bytes >= NAR.length - 4096]).to.deep.equal([
        ...[true, true, true],
      ]);
      const ready = JSON.parse((await httpGet(`${relay.url}/ready`)).body.toString()) as { swarm: unknown[] };
      expect(ready.swarm).to.have.length(2);
      expect(ready.swarm[0]).to.include({ url: proxy.url, state: "failing" }).and.to.have.property("reason");
      expect(ready.swarm[1]).to.deep.equal({ url: second.url, state: "up" });
    } finally {
      await relay.close();
      await second.close();
      await folder.remove();
    }
  });

  it("shows what nodes and cache count of themselves", async () => {
    const endpoint = { requests: 7, hedges: 2, bytes: 4096, failures: { SWARM_BUSY: 3 } } as const;
    const report: SwarmReport = {
      endpoints: [
        { url: "http://a", state: "up", ...endpoint },
        { url: "http://b", state: "resting", ...endpoint, failures: {} },
      ],
      cache: { hits: 5, misses: 4, bytes: 1000, maxBytes: 2000, evictions: 3, failures: 1 },
    };
    const relay = await startRelay({ swarm: () => report });
    try {
      for (let times = 0; times < 2; times++) {
        const text = (await httpGet(`${relay.url}/metrics`)).body.toString();
        for (const line of [
          'catnix_swarm_up{endpoint="http://a"} 1',
          'catnix_swarm_up{endpoint="http://b"} 0',
          'catnix_swarm_requests_total{endpoint="http://a"} 7',
          'catnix_swarm_hedges_total{endpoint="http://b"} 2',
          'catnix_swarm_bytes_total{endpoint="http://a"} 4096',
          'catnix_swarm_failures_total{endpoint="http://a",code="SWARM_BUSY"} 3',
          "catnix_cache_hits_total 5",
          "catnix_cache_misses_total 4",
          "catnix_cache_evictions_total 3",
          "catnix_cache_failures_total 1",
          "catnix_cache_bytes 1000",
        ])
          expect(text.split("\n")).to.include(line);
      }
    } finally {
      await relay.close();
    }
  });
});
