import { expect } from "chai";
import { setTimeout as sleep } from "node:timers/promises";
import { isCatnixError } from "../../src/errors/catnix-error.js";
import { BeeEndpoint } from "../../src/swarm/bee-endpoint.js";
import { codeOf } from "../support/code-of.js";
import { collect } from "../support/collect.js";

describe("BeeEndpoint, with secrets in its URL", () => {
  const asked = { method: "GET", path: "bytes/ab", subject: { address: "ab" } } as const;

  it("sends credentials as a header, keeps path and query, and shows none of it", async () => {
    const seen: Request[] = [];
    const fetch = (request: Request) => {
      seen.push(request);
      return new Response("{}", { status: 403 });
    };
    const endpoint = new BeeEndpoint({ url: "http://user:p%40ss@bee.example/key/?token=secret", fetch });
    const error: unknown = await endpoint.request(asked).catch((reason: unknown) => reason);
    expect(seen[0]!.url).to.equal("http://bee.example/key/bytes/ab?token=secret");
    expect(seen[0]!.headers.get("authorization")).to.equal(`Basic ${Buffer.from("user:p@ss").toString("base64")}`);
    expect(isCatnixError(error, "SWARM_REQUEST_REFUSED")).to.equal(true);
    expect(JSON.stringify(error) + endpoint.url).not.to.match(/user|ss@|key|secret/);
  });
});

describe("BeeEndpoint, where the node repeats what it was asked", () => {
  it("shows no secret of it", async () => {
    const fetch = ({ url, headers }: Request) =>
      Response.json({ message: `${url}: no ${headers.get("authorization")}` }, { status: 403 });
    const endpoint = new BeeEndpoint({ url: "http://customer:geheim@bee.example/hidden-key/?token=verborgen", fetch });
    const asked = { method: "GET", path: "bytes/ab", subject: { address: "ab" } } as const;
    const error: unknown = await endpoint.request(asked).catch((reason: unknown) => reason);
    expect(JSON.stringify(error)).not.to.match(/customer|geheim|hidden|verborgen|Y3VzdG9tZX/);
    expect(JSON.stringify(error)).to.include("bee.example/…");
  });
});

describe("BeeEndpoint, where the node says what is wrong with a request", () => {
  const ask = async (body: unknown) => {
    const fetch = () => Response.json(body, { status: 400 });
    const asked = { method: "POST", path: "bytes", subject: { batch: "ab" } } as const;
    const error: unknown = await new BeeEndpoint({ url: "http://bee.example", fetch })
      .request(asked)
      .catch((e: unknown) => e);
    return isCatnixError(error, "SWARM_REQUEST_REFUSED") ? error.details.reason : error;
  };

  it("passes its reasons on", async () => {
    // What Bee 2.8.1 answers to an upload without a batch, and to one of a wrong level.
    const reasons = [{ field: "swarm-postage-batch-id", error: "want required:" }];
    const one = await ask({ code: 400, message: "invalid header params", reasons });
    expect(one).to.equal("invalid header params (swarm-postage-batch-id: want required:)");
    const lines = [{ field: "address", error: "invalid name or bzz address: 1 error occurred:\n\t* failed\n\n" }];
    const other = await ask({ code: 400, message: "invalid path params", reasons: lines });
    expect(other).to.equal("invalid path params (address: invalid name or bzz address: 1 error occurred: * failed )");
  });

  it("takes none that are not of Bee's form, and no end of them", async () => {
    expect(await ask({ message: "no", reasons: [{ field: 1 }] })).to.equal("no");
    expect(await ask({ message: "no", reasons: "many" })).to.equal("no");
    expect(await ask({ message: " \u0000\n" })).to.equal("no reason given");
    const reasons = Array.from({ length: 100 }, () => ({ field: "f", error: "e".repeat(50) }));
    expect(await ask({ message: "no", reasons })).to.have.length(300);
  });
});

describe("BeeEndpoint, with a signal of its own", () => {
  it("ends what is under way and what comes later, whoever asked", async () => {
    const stop = new AbortController();
    const reason = new Error("stop");
    const fetch = ({ signal }: Request) =>
      new Promise<Response>((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error));
      });
    const endpoint = new BeeEndpoint({ url: "http://bee.example", fetch, signal: stop.signal });
    const asked = { method: "GET", path: "health", subject: { about: "node" } } as const;
    const own = new AbortController();
    const underWay = [asked, { ...asked, signal: own.signal }].map((it) => endpoint.request(it));
    stop.abort(reason);
    for (const one of [...underWay, endpoint.request(asked)])
      expect(await one.catch((error: unknown) => error)).to.equal(reason);
  });
});

describe("BeeEndpoint, where the node drips", () => {
  async function* drip(count: number, size: number): AsyncGenerator<Uint8Array, void> {
    for (let at = 0; at < count; at++) {
      await sleep(20);
      yield new Uint8Array(size);
    }
  }
  const endpointOf = (status: number, count: number, size: number) =>
    new BeeEndpoint({
      url: "http://bee.example",
      idleMs: 200,
      fetch: () => new Response(ReadableStream.from(drip(count, size)), { status }),
    });
  const asked = { method: "GET", path: "chunks/ab", subject: { address: "ab" } } as const;

  it("gives up who sends less than 4 KiB in the time of a pause, be it a chunk or the words of an error", async () => {
    const read = async () => collect((await endpointOf(200, 200, 1).request(asked)).body);
    expect(await codeOf(read)).to.equal("SWARM_TIMEOUT");
    expect(await codeOf(() => endpointOf(404, 200, 1).request(asked)), "known by its status").to.equal(
      "SWARM_NOT_FOUND",
    );
  });

  it("waits for who is slow and sends that much", async () => {
    const { body } = await endpointOf(200, 40, 2048).request(asked);
    expect(await collect(body)).to.have.length(40 * 2048);
  });
});
