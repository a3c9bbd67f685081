import { expect } from "chai";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { collect } from "../../support/collect.js";
import { ADDRESS, FILE, INNER, makeStore, startFaultWorld, type FaultWorld } from "./fault-world.js";
import { rows } from "./rows.js";
import { fetchThrough, readThrough } from "./what-is-seen.js";

describe("Swarm client: each fault", function () {
  this.timeout(60_000);
  let world: FaultWorld;
  before(async () => {
    world = await startFaultWorld();
  });
  after(() => world.close());
  beforeEach(() => {
    for (const proxy of world.proxies) proxy.rule = () => undefined;
  });

  for (const { name, one, fault } of rows) {
    const inject = () => {
      let seen = 0;
      world.proxies[0].rule = (request) => fault(request, ++seen);
    };
    it(`${name}: one endpoint`, async () => {
      inject();
      expect(await readThrough(makeStore([world.proxies[0].url]))).to.equal(one[0]);
      inject();
      expect(await fetchThrough(makeStore([world.proxies[0].url]))).to.equal(one[1]);
    });

    it(`${name}: two endpoints`, async () => {
      inject();
      const urls = world.proxies.map(({ url }) => url);
      expect(await readThrough(makeStore(urls))).to.equal("whole");
      inject();
      expect(await fetchThrough(makeStore(urls))).to.equal("whole");
    });
  }

  describe("of the connection", () => {
    let closed: string;
    before(async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await once(server, "listening");
      closed = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      server.close();
    });

    it("the connection is refused: one endpoint", async () => {
      expect(await readThrough(makeStore([closed]))).to.equal("SWARM_UNREACHABLE");
      expect(await fetchThrough(makeStore([closed]))).to.equal("404");
    });

    it("the connection is refused: two endpoints", async () => {
      const urls = [closed, world.nodes[1]];
      expect(await readThrough(makeStore(urls))).to.equal("whole");
      expect(await fetchThrough(makeStore(urls))).to.equal("whole");
    });
  });

  describe("of the node's disk", () => {
    before(() => world.loseInner());

    it("one inner chunk is a 404: one endpoint", async () => {
      const store = makeStore([world.nodes[0]]);
      expect(await readThrough(store)).to.equal("SWARM_NOT_FOUND");
      expect(await fetchThrough(store)).to.equal("cut");
      const before = await collect(store.readRange(ADDRESS, { start: 0, end: INNER.start }));
      expect(Buffer.compare(before, FILE.subarray(0, INNER.start))).to.equal(0);
    });

    it("one inner chunk is a 404: two endpoints", async () => {
      expect(await readThrough(makeStore(world.nodes))).to.equal("whole");
      expect(await fetchThrough(makeStore(world.nodes))).to.equal("whole");
    });
  });
});
