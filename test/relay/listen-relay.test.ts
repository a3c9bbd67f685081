import { expect } from "chai";
import { Agent, get } from "node:http";
import { once } from "node:events";
import { networkInterfaces } from "node:os";
import { setTimeout } from "node:timers/promises";
import { generateSecretKey } from "../../src/nix/signing-key.js";
import { listenRelay } from "../../src/relay/listen-relay.js";
import { createNarInfoSigner } from "../../src/relay/sign-narinfo.js";
import { codeOf } from "../support/code-of.js";
import { commitBatch, makeRecord } from "../support/fill-index.js";
import { httpGet } from "../support/http-get.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { startRelay, type TestRelay } from "../support/start-relay.js";

describe("relay/listen-relay", () => {
  let relay: TestRelay;
  afterEach(() => relay.close());

  it("says which port is taken", async () => {
    relay = await startRelay();
    const port = Number(new URL(relay.url).port);
    expect(await codeOf(() => listenRelay(relay.app, { host: "127.0.0.1", port }))).to.equal("RELAY_CANNOT_LISTEN");
    expect(await codeOf(() => listenRelay(relay.app, { host: "no-such-host.invalid", port: 0 }))).to.equal(
      "RELAY_CANNOT_LISTEN",
    );
  });

  it("listens anywhere where it does not sign", async () => {
    relay = await startRelay();
    const server = await listenRelay(relay.app, { host: "0.0.0.0", port: 0 });
    const { port } = new URL(server.url);
    expect((await httpGet(`http://127.0.0.1:${port}/health`)).status).to.equal(200);
    await server.close();
  });

  it("signs for its own machine only", async () => {
    relay = await startRelay({ signer: createNarInfoSigner(generateSecretKey("relay-1"), "/nix/store") });
    for (const host of ["0.0.0.0", "::", "192.0.2.1", "::ffff:192.0.2.1", "no-such-host.invalid"])
      expect(await codeOf(() => listenRelay(relay.app, { host, port: 0 })), host).to.equal("RELAY_SIGNS_LOOPBACK_ONLY");
    const hasIpv6 = Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === "::1"));
    for (const host of ["127.0.0.1", "127.3.2.1", "localhost", ...(hasIpv6 ? ["::1"] : [])]) {
      const server = await listenRelay(relay.app, { host, port: 0 });
      expect((await httpGet(`${server.url}/health`)).status, host).to.equal(200);
      await server.close();
    }
  });

  describe("close", () => {
    const nar = pseudoRandomBytes(200_000);
    const record = makeRecord("hello-1", nar);

    /** A relay whose NAR takes about a second. */
    async function startSlowly(graceMs: number) {
      relay = await startRelay({ graceMs });
      await relay.uploads.write(nar);
      await commitBatch(relay.writer, record);
      relay.proxy.rule = () => ({ kind: "drip", bytes: 10_000, everyMs: 50 });
      const answer = httpGet(`${relay.url}/nar/${record.narAddress}.nar`);
      await setTimeout(250);
      return answer;
    }

    it("lets what runs end, and takes nothing new", async () => {
      const answer = startSlowly(10_000);
      await setTimeout(600);
      const closed = relay.close();
      await setTimeout(100);
      const refused: unknown = await httpGet(`${relay.url}/health`).catch((error: unknown) => error);
      expect(refused).to.have.property("code", "ECONNREFUSED");
      const { complete, body } = await answer;
      expect([complete, body.equals(nar)]).to.deep.equal([true, true]);
      await closed;
    });

    it("cuts what does not end in time, in a way that the client sees", async () => {
      const answer = startSlowly(100);
      await setTimeout(600);
      await relay.close();
      expect((await answer).complete).to.equal(false);
    });

    it("does not wait for connections that are only kept open", async () => {
      relay = await startRelay();
      const agent = new Agent({ keepAlive: true });
      const asked = get(`${relay.url}/health`, { agent });
      const [answer] = (await once(asked, "response")) as [NodeJS.ReadableStream];
      answer.resume();
      await once(answer, "end");
      const start = Date.now();
      await relay.close();
      expect(Date.now() - start).to.be.below(2_000);
      agent.destroy();
    });
  });
});
