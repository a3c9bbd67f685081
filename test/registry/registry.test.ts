import { expect } from "chai";
import { AbiCoder, getAddress, ZeroAddress, ZeroHash } from "ethers";
import { batchDigest, firstHead } from "../../src/cat/batch.js";
import { proveRow } from "../../src/cat/proof.js";
import { EMPTY_CAT } from "../../src/cat/tree.js";
import { toHex } from "../../src/encoding/hex.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import { sortAddresses } from "../../src/registry/council-file.js";
import { Registry } from "../../src/registry/registry.js";
import { withdrawBatch, withdrawBuild } from "../../src/registry/transact.js";
import { codeOf } from "../support/code-of.js";
import { makeRecord, makeStorePath, swarmIdOf } from "../support/fill-index.js";
import { publishBatch } from "../support/publish-batch.js";
import { type RegistryWorld, startRegistryWorld } from "../support/registry-world.js";
import { RpcRefusal, type RpcRule } from "../support/rpc-proxy.js";

const honest: RpcRule = (_call, result) => result;

describe("Registry", function () {
  this.timeout(60_000);
  let world: RegistryWorld;
  let registry: Registry;
  beforeEach(async () => {
    world = await startRegistryWorld();
    registry = world.registry;
  });
  afterEach(() => world.close());

  const record = makeRecord("hello", Buffer.from("hello"));
  const { nixId } = parseStorePath(makeStorePath("hello"));

  it("begins at the domain separator with the empty CAT", async () => {
    const head = firstHead(registry.id);
    const state = await registry.state();
    expect(state).to.deep.include({ head, seq: 0, cat: EMPTY_CAT });
    expect(Math.abs(state.time - Date.now() / 1000)).to.be.below(600);
    expect(await registry.alarmState()).to.deep.equal({ alarmHead: head, alarms: 0 });
  });

  it("shows its council", async () => {
    const { members, guardian, ...rest } = await registry.council();
    expect(rest).to.deep.equal({ publishThreshold: 2, councilThreshold: 2, charter: ZeroHash.slice(2) });
    expect(members).to.deep.equal(sortAddresses(members)).and.have.length(3);
    for (const { address } of world.members) expect(members).to.include(address);
    expect(guardian).to.equal(await world.guardian.getAddress());
  });

  it("shows each act, at its block and at the latest", async () => {
    const batch = await publishBatch(world, record);
    const state = await registry.state();
    const { root, depth } = batch;
    expect(state).to.deep.include({ head: batchDigest(registry.id, batch), seq: 1, cat: { root, depth } });
    expect(await registry.state(world.deploymentBlock)).to.include({ seq: 0 });
  });

  it("says what is approved and what is withdrawn", async () => {
    await publishBatch(world, record);
    const { cat } = await registry.state();
    const proof = (await proveRow(cat, nixId, (address) => world.store.getChunk(address)))!;
    const wrong = { ...proof, row: { ...proof.row, swarmId: new Uint8Array(32).fill(1) } };
    const standing = async () => [
      await registry.isApproved(proof),
      await registry.isWithdrawn(proof.row),
      await registry.isBatchWithdrawn(1),
      await registry.withdrawnThrough(proof.row.swarmId),
    ];
    expect(await standing()).to.deep.equal([true, false, false, 0]);
    expect(await registry.isApproved(wrong)).to.equal(false);
    await withdrawBuild(registry, world.guardian, toHex(swarmIdOf(record)), "bad");
    expect(await standing()).to.deep.equal([false, true, false, 2]);
    await withdrawBatch(registry, world.guardian, 1, "worse");
    expect(await standing()).to.deep.equal([false, true, true, 2]);
    expect(await registry.alarmState()).to.include({ alarms: 2 });
  });

  it("refuses to say that an act which does not exist is not withdrawn", async () => {
    for (const seq of [0, 1]) expect(await codeOf(() => registry.isBatchWithdrawn(seq))).to.equal("CALL_REVERTED");
  });

  describe("is not opened", () => {
    const open = (id: Partial<Registry["id"]>) =>
      codeOf(async () => (await Registry.open(world.rpcProxy.url, { ...registry.id, ...id })).close());

    it("on another chain", async () => expect(await open({ chainId: 1 })).to.equal("RPC_WRONG_CHAIN"));
    it("where there is nothing, or an account", async () => {
      expect(await open({ registry: "0x000000000000000000000000000000000000dEaD" })).to.equal("REGISTRY_MISSING");
      expect(await open({ registry: world.members[0]!.address })).to.equal("REGISTRY_MISSING");
    });
    it("where there is another contract", async () => {
      const at = getAddress(`0x${"c0de".padStart(40, "0")}`);
      for (const code of ["0x00", "0x60006000fd", "0x60206000f3"]) {
        await world.rpc("anvil_setCode", at, code); // stops; reverts; gives one word
        expect(await open({ registry: at }), code).to.equal("REGISTRY_MISSING");
      }
    });
    it("where nobody answers", async () => {
      world.rpcProxy.down = true;
      expect(await open({})).to.equal("RPC_UNAVAILABLE");
    });
    it("on a chain whose number loses digits", async () => {
      world.rpcProxy.rule = ({ method }, result) => (method === "eth_chainId" ? `0x${"f".repeat(14)}` : result);
      expect(await open({})).to.equal("RPC_UNAVAILABLE");
    });
    it("where the endpoint refuses, and says so in its own words", async () => {
      world.rpcProxy.rule = () => {
        throw new RpcRefusal("out of credits");
      };
      const error = await Registry.open(world.rpcProxy.url, registry.id).catch((reason: unknown) => reason);
      expect(error).to.have.property("code", "RPC_UNAVAILABLE");
      for (const refused of ["eth_getCode", "eth_call"]) {
        world.rpcProxy.rule = ({ method }, result) => {
          if (method === refused) throw new RpcRefusal("out of credits");
          return result;
        };
        const later = await Registry.open(world.rpcProxy.url, registry.id).catch((reason: unknown) => reason);
        expect(later).to.have.property("code", "RPC_UNAVAILABLE");
        expect(later).to.have.nested.property("details.reason", "out of credits");
      }
    });
    it("where the code is none", async () => {
      world.rpcProxy.rule = ({ method }, result) => (method === "eth_getCode" ? 7 : result);
      expect(await open({})).to.equal("RPC_ANSWER_INVALID");
    });
  });

  describe("believes no answer that cannot be", () => {
    let seen: Registry;
    beforeEach(async () => {
      seen = await Registry.open(world.rpcProxy.url, registry.id);
    });
    afterEach(() => {
      world.rpcProxy.rule = honest;
      seen.close();
    });
    const word = "ab".repeat(32);
    const encodeState = (seq: bigint, depth: number) =>
      AbiCoder.defaultAbiCoder().encode(
        ["bytes32", "bytes32", "uint64", "uint64", "uint8"],
        [`0x${word}`, `0x${word}`, seq, 1, depth],
      );
    const encodeCouncil = () =>
      AbiCoder.defaultAbiCoder().encode(
        ["uint256[]", "uint8", "uint8", "address", "bytes32"],
        [[2n ** 160n], 1, 1, ZeroAddress, `0x${word}`],
      );
    const state = () => seen.state();
    const cases: [string, unknown, () => Promise<unknown>, string][] = [
      ["depth 33", encodeState(1n, 33), state, "RPC_ANSWER_INVALID"],
      ["seq 2^53", encodeState(2n ** 53n, 1), state, "RPC_ANSWER_INVALID"],
      ["seq 2^53 - 1, which is possible", encodeState(2n ** 53n - 1n, 32), state, ""],
      [
        "a through of 2^64 - 1",
        `0x${"0".repeat(48)}${"f".repeat(16)}`,
        () => seen.withdrawnThrough(new Uint8Array(32)),
        "RPC_ANSWER_INVALID",
      ],
      ["null", null, state, "RPC_ANSWER_INVALID"],
      ["a number", 7, state, "RPC_ANSWER_INVALID"],
      ["no hexadecimal", "garbage", state, "RPC_ANSWER_INVALID"],
      ["nothing", "0x", state, "RPC_UNAVAILABLE"],
      ["half of it", encodeState(1n, 1).slice(0, 130), state, "RPC_UNAVAILABLE"],
      ["a council too long", `0x${"f".repeat(320)}`, () => seen.council(), "RPC_"],
      ["a council of no addresses", encodeCouncil(), () => seen.council(), "RPC_ANSWER_INVALID"],
      ["an alarm head cut short", `0x${word}`, () => seen.alarmState(), "RPC_UNAVAILABLE"],
    ];
    for (const [what, answer, ask, code] of cases)
      it(`such as ${what}`, async () => {
        world.rpcProxy.rule = ({ method }, result) => (method === "eth_call" ? answer : result);
        expect((await codeOf(ask)) ?? "").to.match(new RegExp(`^${code}${code.endsWith("_") ? "" : "$"}`));
      });
  });
});
