import { expect } from "chai";
import { configSchema } from "../../../src/config/schema.js";
import { judgeChain } from "../../../src/cli/doctor/check-chain.js";
import { judgeClock } from "../../../src/cli/doctor/check-clock.js";
import { judgeNixSettings } from "../../../src/cli/doctor/check-nix.js";
import { judgeMembers } from "../../../src/cli/doctor/check-index.js";
import { checkNode } from "../../../src/cli/doctor/check-node.js";
import { relayUrl } from "../../../src/cli/doctor/check-relay.js";
import { findingOf } from "../../../src/cli/doctor/check-stamp.js";
import { judgeSpace } from "../../../src/cli/doctor/check-state.js";
import type { Finding } from "../../../src/cli/doctor/finding.js";

type Status = Finding["status"];

/** Where the doctor draws its lines; what it looks at is real in the other tests. */
describe("doctor: what counts as ok, warn and fail", () => {
  it("Node", () => {
    for (const [version, status] of [
      ["22.15.0", "ok"],
      ["24.0.1", "ok"],
      ["22.14.9", "fail"],
      ["20.19.0", "fail"],
    ])
      expect([version, checkNode(version).status]).to.deep.equal([version, status]);
  });

  it("free space", () => {
    for (const [free, status] of [
      [2e9, "ok"],
      [999e6, "warn"],
      [1e6, "fail"],
    ] as const)
      expect(judgeSpace("/x", free).status).to.equal(status);
  });

  it("members", () => {
    const config = configSchema.parse({});
    const of = (missing: number) => ({ name: "alice", batches: 7, missing });
    const judge = (...missing: number[]) => judgeMembers(config, missing.map(of)).map(({ status }) => status);
    expect(judge()).to.deep.equal([]);
    expect(judge(0, 0)).to.deep.equal(["ok"]);
    expect(judge(0, 1, 7)).to.deep.equal(["warn"]);
    expect(judgeMembers(configSchema.parse({ relay: { memberSignatures: false } }), [of(7)])).to.deep.equal([]);
  });

  const now = 1_800_000_000;
  const clocks: [what: string, block: number, endpoint: number | undefined, status: Status][] = [
    ["both agree", now - 5, now, "ok"],
    ["the endpoint says no time", now - 5, undefined, "ok"],
    ["an old block says nothing of the clock", now - 1e6, now, "ok"],
    ["a minute ahead of the endpoint", now - 5, now - 60, "warn"],
    ["a minute behind the endpoint", now - 5, now + 60, "warn"],
    ["a day behind the endpoint", now - 5, now + 86_400, "fail"],
    ["behind the chain", now + 60, undefined, "warn"],
  ];
  for (const [what, block, endpoint, status] of clocks)
    it(`clock: ${what}`, () => void expect(judgeClock(now, block, endpoint).status).to.equal(status));

  const blocks: [what: string, chainId: number, age: number, deployed: number, status: Status][] = [
    ["a fresh block", 100, 5, 0, "ok"],
    ["no block for an hour", 100, 3600, 0, "warn"],
    ["no block for three days", 100, 3 * 86_400, 0, "fail"],
    ["that on a development chain", 31_337, 3 * 86_400, 0, "ok"],
    ["the end before the deployment", 100, 5, 1001, "fail"],
  ];
  for (const [what, chainId, age, deploymentBlock, status] of blocks)
    it(`chain: ${what}`, () => {
      const config = configSchema.parse({ chain: { deploymentBlock } });
      const chain = { rpcUrl: "http://rpc", chainId };
      expect(judgeChain(chain, { number: 1000, time: now - age }, now, config).status).to.equal(status);
    });

  const size = { fullestBucket: 3, bucketSize: 16, depth: 20, amount: 1n };
  const good = { batch: "ab".repeat(32), label: "", usable: true, immutable: true, ttl: 90 * 86_400, ...size };
  const limits = configSchema.parse({}).postage;
  const stamps: [what: string, change: Partial<typeof good> | { ttl: undefined }, status: Status][] = [
    ["room and time", {}, "ok"],
    ["no known end", { ttl: undefined }, "ok"],
    ["not usable", { usable: false }, "fail"],
    ["a full bucket", { fullestBucket: 16 }, "fail"],
    ["a filling bucket", { fullestBucket: 13 }, "warn"],
    ["mutable", { immutable: false }, "warn"],
    ["mutable and full: it overwrites", { immutable: false, fullestBucket: 16 }, "warn"],
    ["three weeks left", { ttl: 21 * 86_400 }, "warn"],
    ["a day left", { ttl: 86_400 }, "fail"],
  ];
  for (const [what, change, status] of stamps)
    it(`stamp: ${what}`, () => void expect(findingOf({ ...good, ...change }, limits).status).to.equal(status));

  const relay = { host: "127.0.0.1", port: 8734 };
  const key = "catnix-1:AAAA";
  const nix = { substituters: ["http://127.0.0.1:8734"], trustedPublicKeys: [key], ttl: 3600 };
  const nixCases: [what: string, change: Partial<typeof nix>, statuses: Status[]][] = [
    ["asks the relay and trusts its key", {}, ["ok"]],
    ["names this machine otherwise", { substituters: ["http://localhost:8734/"] }, ["ok"]],
    ["trusts it without signatures", { substituters: ["http://[::1]:8734?trusted=1"], trustedPublicKeys: [] }, ["ok"]],
    ["does not ask it", { substituters: ["https://cache.nixos.org"] }, ["warn"]],
    ["asks another port", { substituters: ["http://127.0.0.1:8735"] }, ["warn"]],
    ["does not trust its key", { trustedPublicKeys: [] }, ["warn", "ok"]],
    ["keeps narinfos for a month", { ttl: 2_592_000 }, ["warn", "ok"]],
    [
      "trusts another machine without signatures",
      { substituters: ["http://127.0.0.1:8734", "http://10.0.0.7:8734?trusted=true"] },
      ["warn", "ok"],
    ],
    [
      "has a local store as another one",
      { substituters: ["/mnt/x", "http://127.0.0.1:8734", "daemon?trusted=1"] },
      ["ok"],
    ],
  ];
  for (const [what, change, statuses] of nixCases)
    it(`nix.conf: ${what}`, () => {
      const found = judgeNixSettings({ ...nix, ...change }, relay, key);
      expect(found.map(({ status }) => status)).to.deep.equal(statuses);
    });

  it("reaches a relay that listens everywhere on this machine", () => {
    expect(relayUrl({ host: "0.0.0.0", port: 1 })).to.equal("http://127.0.0.1:1");
    expect(relayUrl({ host: "::", port: 1 })).to.equal("http://[::1]:1");
    expect(relayUrl({ host: "cache.example", port: 1 })).to.equal("http://cache.example:1");
  });
});
