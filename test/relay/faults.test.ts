import { expect } from "chai";
import { DatabaseSync } from "node:sqlite";
import { pino } from "pino";
import { makeChunk } from "../../src/bmt/chunk.js";
import { Registry } from "prom-client";
import { damageChunk } from "../support/damage-chunk.js";
import type { Fault } from "../support/fault-proxy.js";
import { commitBatch, makeRecord } from "../support/fill-index.js";
import { httpGet } from "../support/http-get.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { startRelay, type TestRelay } from "../support/start-relay.js";

/** One chunk: nothing of it is passed on before all of it was checked. And one of 147 chunks on two levels. */
const [small, large] = [pseudoRandomBytes(1_000, 1), pseudoRandomBytes(600_000, 2)];
const records = { small: makeRecord("small", small), large: makeRecord("large", large) };

/** `whole`: all bytes, right; `404`; `cut`: a status 200, and a connection that breaks before the end. */
type Outcome = "whole" | "404" | "cut";

/** What comes of a fault, for the large NAR and for the small one. */
const faults: [Fault, Outcome, Outcome, code?: string][] = [
  [{ kind: "status", status: 404 }, "404", "404", "SWARM_NOT_FOUND"],
  [{ kind: "status", status: 500 }, "404", "404", "SWARM_NOT_FOUND"],
  [{ kind: "status", status: 503 }, "404", "404", "SWARM_BUSY"],
  [{ kind: "status", status: 403 }, "404", "404", "SWARM_REQUEST_REFUSED"],
  [{ kind: "hang" }, "404", "404", "SWARM_TIMEOUT"],
  [{ kind: "flip", at: 0 }, "cut", "404", "SWARM_MISMATCH"],
  [{ kind: "flip", at: 500 }, "cut", "404", "SWARM_MISMATCH"],
  [{ kind: "flip", at: -1 }, "cut", "404", "SWARM_MISMATCH"],
  [{ kind: "truncate", after: 900, framing: "length" }, "404", "404", "SWARM_SIZE_MISMATCH"],
  [{ kind: "truncate", after: 900, framing: "chunked" }, "cut", "404", "SWARM_TRUNCATED"],
  [{ kind: "truncate", after: 0, framing: "chunked" }, "404", "404", "SWARM_TRUNCATED"],
  [{ kind: "truncate", after: 599_999, framing: "chunked" }, "cut", "whole"],
  [{ kind: "reset", after: 900 }, "cut", "404", "SWARM_TRUNCATED"],
  [{ kind: "reset", after: 0 }, "404", "404"],
  [{ kind: "stall", after: 900 }, "cut", "404", "SWARM_TIMEOUT"],
  [{ kind: "endless" }, "cut", "404"],
  [{ kind: "instead", path: `/bytes/${makeRecord("other", pseudoRandomBytes(600_000, 3)).narAddress}` }, "cut", "404"],
  [{ kind: "no-length" }, "whole", "whole"],
  [{ kind: "drip", bytes: 50_000, everyMs: 5 }, "whole", "whole"],
];

describe("relay, before a Swarm that fails", () => {
  let relay: TestRelay;
  let metrics: Registry;
  let logged: { level: number; code?: string; requestId?: string }[];

  beforeEach(async () => {
    metrics = new Registry();
    logged = [];
    const log = pino(
      { level: "warn" },
      { write: (line) => void logged.push(JSON.parse(line) as (typeof logged)[number]) },
    );
    relay = await startRelay({ metrics, log });
    for (const nar of [small, large, pseudoRandomBytes(600_000, 3)]) await relay.uploads.write(nar);
    await commitBatch(relay.writer, records.small, records.large);
  });
  afterEach(() => relay.close());

  const get = (of: keyof typeof records, headers: Record<string, string> = {}) =>
    httpGet(`${relay.url}/nar/${records[of].narAddress}.nar`, { headers });
  const bytesOf = { small, large };

  /** Asks once, and never finds a complete body of wrong bytes. */
  async function outcomeOf(of: keyof typeof records): Promise<Outcome> {
    const { status, body, complete, headers } = await get(of);
    if (status === 404) {
      expect([complete, headers["content-type"]]).to.deep.equal([true, "text/plain; charset=utf-8"]);
      return "404";
    }
    expect([status, Number(headers["content-length"])]).to.deep.equal([200, bytesOf[of].length]);
    if (!complete) {
      expect(body.length).to.be.below(bytesOf[of].length);
      return "cut";
    }
    expect(body.equals(bytesOf[of])).to.equal(true);
    return "whole";
  }

  for (const [fault, ofLarge, ofSmall, code] of faults)
    it(`${JSON.stringify(fault).replace(/[0-9a-f]{64}/, "…")}: ${ofLarge}, of one chunk ${ofSmall}`, async () => {
      relay.proxy.rule = ({ url }) => (url!.startsWith("/bytes/") ? fault : undefined);
      for (const [of, wanted] of [
        ["large", ofLarge],
        ["small", ofSmall],
      ] as const) {
        expect(await outcomeOf(of)).to.equal(wanted);
        const failed = wanted !== "whole";
        if (code !== undefined && failed) expect(logged.at(-1)).to.include({ code, level: 40 });
        if (failed) expect(logged.at(-1)).to.have.property("requestId");
      }
      const failures = [ofLarge, ofSmall].filter((outcome) => outcome !== "whole").length;
      expect(logged).to.have.length(failures);
      const { values } = await metrics.getSingleMetric("catnix_relay_nar_failures_total")!.get();
      expect(values.reduce((sum, { value }) => sum + value, 0)).to.equal(failures);
      relay.proxy.rule = () => undefined;
      expect(await outcomeOf("large")).to.equal("whole");
    });

  it("gives a client that was cut off the rest, and together they are the NAR", async () => {
    relay.proxy.rule = ({ url }) => (url!.startsWith("/bytes/") ? { kind: "reset", after: 250_001 } : undefined);
    const first = await get("large");
    expect(first.complete).to.equal(false);
    const headers = { range: `bytes=${first.body.length}-`, "if-range": first.headers.etag! };
    const rest = await get("large", headers);
    expect([rest.status, rest.complete]).to.deep.equal([206, true]);
    expect(Buffer.concat([first.body, rest.body]).equals(large)).to.equal(true);
  });

  for (const fault of [
    { kind: "flip", at: 9 },
    { kind: "truncate", after: 100, framing: "length" },
    { kind: "status", status: 404 },
    { kind: "reset", after: 100 },
    { kind: "hang" },
  ] as const)
    it(`checks ranges by chunks: ${JSON.stringify(fault)}`, async () => {
      // The chunk of bytes 409,600 to 413,695.
      const address = Buffer.from(makeChunk(4096, large.subarray(409_600, 413_696)).address).toString("hex");
      relay.proxy.rule = ({ url }) => (url === `/chunks/${address}` ? fault : undefined);
      expect((await get("large", { range: "bytes=410000-" })).status).to.equal(404);
      const cut = await get("large", { range: "bytes=400000-" });
      expect([cut.status, cut.complete, cut.body.equals(large.subarray(400_000, 409_600))]).to.deep.equal([
        206,
        false,
        true,
      ]);
      const good = await get("large", { range: "bytes=0-409599" });
      expect([good.status, good.complete]).to.deep.equal([206, true]);
    });

  it("cuts where the node itself lost, or damaged, a chunk in the middle", async () => {
    damageChunk(relay.chunkFile, makeChunk(4096, large.subarray(409_600, 413_696)).address);
    expect(await outcomeOf("large")).to.equal("cut");
    const database = new DatabaseSync(relay.chunkFile);
    database.prepare("DELETE FROM chunks WHERE address = ?").run(makeChunk(4096, large.subarray(0, 4096)).address);
    database.close();
    expect(await outcomeOf("large")).to.equal("404");
  });
});
