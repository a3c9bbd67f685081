import { expect } from "chai";
import { CatnixError } from "../../../src/errors/catnix-error.js";
import { EndpointHealth } from "../../../src/swarm/failover/endpoint-health.js";

const refused = () => new CatnixError("SWARM_UNREACHABLE", { url: "http://x", reason: "refused" });
const missing = () => new CatnixError("SWARM_NOT_FOUND", { address: "ab" });
const busy = (retryAfterMs?: number) =>
  new CatnixError("SWARM_BUSY", {
    url: "http://x",
    status: 429,
    reason: "slow",
    ...(retryAfterMs && { retryAfterMs }),
  });

describe("EndpointHealth", () => {
  let now: number;
  let changes: string[];
  let health: EndpointHealth;
  beforeEach(() => {
    now = 1000;
    changes = [];
    health = new EndpointHealth("http://x", { now: () => now, onChange: ({ state }) => changes.push(state) });
  });
  const fail = (times: number) => {
    for (let count = 0; count < times; count++) health.fail(refused());
  };

  it("leaves an endpoint alone after five failures in a row, each time twice as long, up to 15 s", () => {
    fail(4);
    expect([health.isResting, health.report().state]).to.deep.equal([false, "failing"]);
    for (const rest of [500, 1000, 2000, 4000, 8000, 15_000, 15_000]) {
      fail(1);
      expect(health.isResting, `${rest}`).to.equal(true);
      now += rest - 1;
      expect(health.isResting).to.equal(true);
      now++;
      expect(health.isResting).to.equal(false);
    }
    expect(health.report()).to.deep.include({ state: "failing", failures: { SWARM_UNREACHABLE: 11 } });
    expect(changes).to.deep.equal(["resting"]);
  });

  it("forgets all of it after one success", () => {
    fail(5);
    health.succeed();
    expect(health.report()).to.include({ state: "up" }).and.not.to.have.property("reason");
    fail(4);
    expect(health.isResting).to.equal(false);
    fail(1);
    now += 500;
    expect(health.isResting).to.equal(false);
    expect(changes).to.deep.equal(["resting", "up", "resting"]);
  });

  it("takes what a node says of content for an answer", () => {
    fail(4);
    health.fail(missing());
    expect(health.report()).to.deep.include({
      state: "up",
      failures: { SWARM_UNREACHABLE: 4, SWARM_NOT_FOUND: 1 },
    });
  });

  it("leaves a busy node alone for as long as it asks, up to a minute", () => {
    health.fail(busy(3000));
    now += 2999;
    expect(health.isResting).to.equal(true);
    now++;
    expect(health.isResting).to.equal(false);
    health.fail(busy(3_600_000));
    now += 60_000;
    expect(health.isResting).to.equal(false);
    health.fail(busy());
    expect(health.isResting).to.equal(false);
  });

  it("counts requests, hedges and bytes", () => {
    health.begin(false);
    health.begin(true);
    health.addBytes(7);
    health.addBytes(8);
    expect(health.report()).to.deep.equal({
      ...{ url: "http://x", state: "up", requests: 2, hedges: 1, bytes: 15, failures: {} },
    });
  });
});
