import { expect } from "chai";
import { pino } from "pino";
import { commitBatch, makeRecord } from "../support/fill-index.js";
import { httpGet } from "../support/http-get.js";
import { startRelay } from "../support/start-relay.js";

type Line = Record<string, unknown>;

describe("relay, its logs", () => {
  const record = makeRecord("hello-1", Buffer.from("never uploaded"));
  const hashPart = record.storePath.slice(11, 43);

  async function logsOf(level: string, use: (url: string, close: () => void) => Promise<unknown>): Promise<Line[]> {
    const lines: Line[] = [];
    const log = pino({ level }, { write: (line) => void lines.push(JSON.parse(line) as Line) });
    const relay = await startRelay({ log });
    try {
      await commitBatch(relay.writer, record);
      await use(relay.url, () => relay.reader.close());
    } finally {
      await relay.close();
    }
    return lines;
  }

  it("say one line a request at debug, with an id of its own", async () => {
    const lines = await logsOf("debug", async (url) => {
      await httpGet(`${url}/${hashPart}.narinfo`);
      await httpGet(`${url}/${"x".repeat(500)}`, { method: "HEAD" });
    });
    expect(lines).to.have.length(2);
    expect(lines[0]).to.include({ level: 20, component: "relay", method: "GET", route: "narinfo", status: 200 });
    expect(lines[0]).to.have.property("bytes").that.is.above(100);
    expect(lines[1]).to.include({ method: "HEAD", route: "other", status: 404, bytes: 0 });
    expect(lines[1]!["path"]).to.have.length(200);
    expect(lines[0]!["requestId"]).to.be.a("string").and.not.to.equal(lines[1]!["requestId"]);
  });

  it("say failures at warn with their code, and nothing about what is merely unknown", async () => {
    const lines = await logsOf("warn", async (url, closeIndex) => {
      await httpGet(`${url}/${"0".repeat(31)}1.narinfo`);
      await httpGet(`${url}/nar/${record.narAddress}.nar`);
      closeIndex();
      await httpGet(`${url}/${hashPart}.narinfo`);
      await httpGet(`${url}/nar/${record.narAddress}.nar`);
    });
    expect(lines.map(({ level, code, route }) => [level, code, route])).to.deep.equal([
      [40, "SWARM_NOT_FOUND", "nar"],
      [40, "DATABASE_FAILED", "narinfo"],
      [40, "DATABASE_FAILED", "nar"],
    ]);
    expect(new Set(lines.map(({ requestId }) => requestId)).size).to.equal(3);
  });
});
