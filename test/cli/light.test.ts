import { expect } from "chai";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { getAddress, Wallet } from "ethers";
import { toHex } from "../../src/encoding/hex.js";
import { withdrawBatch, withdrawBuild } from "../../src/registry/transact.js";
import { type ResolutionJson, resolutionSchema } from "../../src/resolver/resolution-format.js";
import { parseBlockHeader } from "../../src/state-proof/block-header.js";
import type { Fault } from "../support/fault-proxy.js";
import { makeRecord, makeStorePath, swarmIdOf } from "../support/fill-index.js";
import { encodeNar } from "../support/nar-tree.js";
import { publishBatch } from "../support/publish-batch.js";
import { RpcRefusal, startRpcProxy } from "../support/rpc-proxy.js";
import { changeCouncil } from "../support/submit-acts.js";
import { askCli } from "./support/ask-cli.js";
import { CliWorld } from "./support/cli-world.js";

type Fields = Record<string, unknown>;

const narOf = (name: string) => encodeNar({ type: "regular", executable: false, contents: Buffer.from(name) });
const [hello, gone, alarmed, later, second] = ["hello", "gone", "alarmed", "later", "second"].map((name) =>
  makeRecord(name, narOf(name)),
);

describe("catnix resolve --light", function () {
  this.timeout(60_000);
  let world: CliWorld;
  let blockHash: string;
  before(async () => {
    world = await CliWorld.start();
    const { registry } = world;
    for (const record of [hello, second]) await registry.store.write(narOf(record!.storePath.replace(/.*-/, "")));
    const others = Array.from({ length: 90 }, (_, i) => makeRecord(`other-${i}`, narOf(`other-${i}`)));
    await publishBatch(registry, hello!, gone!, alarmed!, ...others);
    await publishBatch(registry, { tombstone: gone!.storePath }, later!);
    await withdrawBuild(registry.registry, registry.guardian, toHex(swarmIdOf(alarmed!)), "a backdoor");
    await withdrawBatch(registry.registry, registry.guardian, 2, "\u001b[2J\n✔ approver");
    const joiner = Wallet.createRandom();
    const { members } = await registry.registry.council();
    await changeCouncil(registry, { members: [...members, joiner.address] }, [joiner]);
    await publishBatch(registry, second!);
    blockHash = ((await registry.rpc("eth_getBlockByNumber", "latest", false)) as { hash: string }).hash;
  });
  after(() => world.close());

  const ask = (...args: string[]) => askCli("--config", world.file("catnix.json"), "resolve", "--json", ...args);
  async function resolve(...args: string[]): Promise<{ json: ResolutionJson; code: string | undefined }> {
    const { stdout, code } = await ask(...args, "--block-hash", blockHash);
    expect(stdout, code).to.match(/^\{.*\}\n$/);
    return { json: resolutionSchema.parse(JSON.parse(stdout)), code };
  }
  const statesOf = ({ light }: ResolutionJson) => light!.links.map(({ link, state }) => `${link} ${state}`);

  it("proves every link from a block's hash to the NAR, and who signed", async () => {
    const { json, code } = await resolve(second!.storePath);
    expect(code).to.equal(undefined);
    const { seq, cat, head } = await world.registry.registry.state();
    expect(json).to.deep.include({ from: "light", status: "approved", seq, head, root: cat.root, depth: cat.depth });
    expect(json.block!.hash).to.equal(blockHash);
    expect(json.swarmId).to.equal(toHex(swarmIdOf(second!)));
    expect(statesOf(json)).to.deep.equal([
      ...["block trusted", "header proved", "account proved", "storage proved", "row proved", "withdrawal proved"],
      ...[
        "council proved",
        "batch proved",
        "transaction told",
        "approver proved",
        "approver proved",
        "record proved",
        "nar proved",
      ],
    ]);
    const members = world.registry.members.map(({ address }) => address);
    expect(json.light!.approvers!.map(({ member }) => member)).to.have.members(members);
    expect(json.light!.council).to.deep.equal(await world.registry.registry.council());
  });

  it("walks back to an older batch; what its council was is the founding event's word once it was replaced", async () => {
    const { json } = await resolve(hello!.storePath);
    expect(statesOf(json).slice(6)).to.deep.equal([
      ...[
        "council proved",
        "batch proved",
        "council told",
        "transaction told",
        "approver told",
        "approver told",
        "record proved",
        "nar proved",
      ],
    ]);
    expect(json.light!.links.find(({ link }) => link === "batch")!.text).to.include("3 acts after it");
  });

  it("proves that a path is not listed, and what was withdrawn, with the errors of resolve", async () => {
    const unknown = await resolve(makeStorePath("nobody"));
    expect([unknown.code, unknown.json.status]).to.deep.equal(["CAT_PATH_UNKNOWN", "unknown"]);
    expect(statesOf(unknown.json).slice(4)).to.deep.equal(["row proved", "council proved"]);
    const cases = [
      [gone!, "quorum", { batch: true, through: 0 }],
      [alarmed!, "guardian", { batch: false, through: 3 }],
      [later!, "guardian", { batch: true, through: 0 }],
    ] as const;
    const reasons: Record<string, string> = {
      [alarmed!.storePath]: "1 of 2, linked to the head of the alarms, says: a backdoor",
      [later!.storePath]: "2 of 2, linked to the head of the alarms, says: \\u{1b}[2J\\u{a}✔ approver",
    };
    for (const [record, by, withdrawal] of cases) {
      const { json, code } = await resolve(record.storePath);
      expect(code).to.equal("CAT_PATH_WITHDRAWN");
      expect(json.withdrawal).to.deep.equal({ by, ...withdrawal });
      expect(statesOf(json)).to.include("withdrawal proved").and.not.include("record proved");
      const reason = json.light!.links.find(({ link }) => link === "alarm");
      expect(reason?.text).to.equal(reasons[record.storePath]);
    }
  });

  it("leaves the NAR alone where that is wanted, and says so; says the same to people, with ticks for proofs alone", async () => {
    const { json } = await resolve(second!.storePath, "--no-nar");
    expect(statesOf(json).at(-1)).to.equal("nar missing");
    const { stdout, code } = await world.run(["resolve", second!.storePath, "--block-hash", blockHash]); // as a process
    expect(code).to.equal(0);
    expect(stdout.match(/^✔ /gm)).to.have.length(12);
    for (const fact of [blockHash, second!.narAddress, second!.narHash]) expect(stdout).to.include(fact);
  });

  it("looks at no index, whatever is in the one beside it", async () => {
    await mkdir(world.file(".catnix"), { recursive: true });
    await writeFile(world.file(".catnix/index.sqlite"), "this is no database");
    const { json, code } = await resolve(second!.storePath);
    expect([code, json.status, json.index]).to.deep.equal([undefined, "approved", undefined]);
    await rm(world.file(".catnix"), { recursive: true });
  });

  it("prints nothing, or that the record or the NAR is missing, where a Swarm node lies", async () => {
    const { swarmProxy } = world.registry;
    const broken = async (part: string, fault: Fault) => {
      swarmProxy.rule = ({ url }) => (url!.includes(part) ? fault : undefined);
      try {
        return await ask(second!.storePath, "--block-hash", blockHash);
      } finally {
        swarmProxy.rule = () => undefined;
      }
    };
    const { cat } = await world.registry.registry.state();
    for (const fault of [
      { kind: "flip", at: 20 },
      { kind: "status", status: 404 },
    ] as const) {
      const wrong = fault.kind === "flip" ? "SWARM_MISMATCH" : "SWARM_NOT_FOUND";
      expect(await broken(cat.root, fault)).to.deep.equal({ stdout: "", code: wrong });
      for (const [address, last] of [
        [toHex(swarmIdOf(second!)), "record missing"],
        [second!.narAddress, "nar missing"],
      ] as const) {
        const { stdout, code } = await broken(address, fault);
        expect(statesOf(resolutionSchema.parse(JSON.parse(stdout))).at(-1)).to.equal(last);
        expect(code).to.equal(wrong);
      }
    }
  });

  it("fetch --light takes what was proved, and nothing that was withdrawn", async () => {
    const fetch = (path: string, name: string) =>
      world.runHere(["fetch", path, "--out", world.file(name), "--block-hash", blockHash]);
    const fetched = await fetch(second!.storePath, "second");
    expect([fetched.code, fetched.stdout.includes(`${blockHash}), act 4, by proof, `)]).to.deep.equal([0, true]);
    expect(await readFile(world.file("second"), "utf8")).to.equal("second");
    const { code, stderr } = await fetch(alarmed!.storePath, "alarmed");
    expect([code, stderr.includes("CAT_PATH_WITHDRAWN")]).to.deep.equal([1, true]);
  });

  describe("refuses", () => {
    afterEach(() => {
      world.registry.rpcProxy.rule = (_call, result) => result;
    });

    async function codeOfLight(...args: string[]): Promise<string | undefined> {
      const { stdout, code } = await ask(second!.storePath, ...args);
      expect(stdout).to.equal("");
      return code;
    }
    const lie = (method: string, change: (result: Fields) => unknown) => {
      world.registry.rpcProxy.rule = (call, result) => (call.method === method ? change(result as Fields) : result);
    };

    it("to start without a block to trust, or with more endpoints to agree than there are", async () => {
      const { rpcUrl } = world.registry;
      expect(await codeOfLight("--light")).to.equal("LIGHT_TRUST_MISSING");
      expect(await codeOfLight("--rpc", rpcUrl, "--rpc", `${rpcUrl}/v3/key`)).to.equal("LIGHT_TRUST_MISSING");
      const local = rpcUrl.replace("127.0.0.1", "user:secret@localhost");
      expect(await codeOfLight("--rpc", rpcUrl, "--rpc", local, "--agree", "2")).to.equal("LIGHT_AGREE_TOO_MANY");
      expect((await ask(second!.storePath, "--rpc", rpcUrl, "--agree", "1")).code).to.equal(undefined);
    });

    it("a block that no endpoint knows, one that is too old, and one of the future", async () => {
      expect(await codeOfLight("--block-hash", `0x${"ab".repeat(32)}`)).to.equal("BLOCK_UNKNOWN");
      const [old, future] = [`0x${"10".repeat(4)}`, "0xf0000000"];
      for (const [time, code] of [
        [old, "BLOCK_TOO_OLD"],
        [future, "BLOCK_FROM_FUTURE"],
      ] as const) {
        lie("eth_getBlockByNumber", (block) => {
          const altered = { ...block, timestamp: time };
          return { ...altered, hash: parseBlockHeader(altered).hash };
        });
        expect(await codeOfLight("--rpc", world.registry.rpcProxy.url, "--agree", "1")).to.equal(code);
      }
    });

    it("a header that is not the block's, or none", async () => {
      const proxy = ["--rpc", world.registry.rpcProxy.url, "--block-hash", blockHash];
      lie("eth_getBlockByHash", (block) => ({ ...block, stateRoot: `0x${"00".repeat(32)}` }));
      expect(await codeOfLight(...proxy)).to.equal("BLOCK_HEADER_MISMATCH");
      lie("eth_getBlockByHash", (block) => ({ ...block, stateRoot: "0x" }));
      expect(await codeOfLight(...proxy)).to.equal("BLOCK_HEADER_INVALID");
      expect((await ask(second!.storePath, ...proxy, "--rpc", world.registry.rpcUrl)).code).to.equal(undefined);
    });

    it("a block that only one of two endpoints has; two of three are enough", async () => {
      const [{ rpcUrl, rpcProxy }] = [world.registry];
      lie("eth_getBlockByNumber", (block) => ({ ...block, gasUsed: "0x1" }));
      const two = ["--rpc", rpcProxy.url, "--rpc", rpcUrl];
      expect(await codeOfLight(...two)).to.equal("BLOCK_NOT_AGREED");
      const other = await startRpcProxy(rpcUrl);
      const { stdout, code } = await ask(second!.storePath, ...two, "--rpc", other.url, "--agree", "2");
      await other.close();
      expect(code).to.equal(undefined);
      const { trust } = resolutionSchema.parse(JSON.parse(stdout)).light!;
      expect(trust).to.deep.include({ by: "agreement", asked: 3, needed: 2 });
      expect(trust.agreed).to.have.length(2);
      rpcProxy.down = true;
      expect(await codeOfLight(...two)).to.equal("BLOCK_NOT_AGREED");
      expect(await codeOfLight("--rpc", rpcProxy.url, "--block-hash", blockHash)).to.equal("RPC_UNAVAILABLE");
      rpcProxy.down = false;
    });

    it("proofs that are refused, missing, cut or of something else", async () => {
      const proxy = ["--rpc", world.registry.rpcProxy.url, "--block-hash", blockHash];
      lie("eth_getProof", () => {
        throw new RpcRefusal("distance to target block exceeds maximum proof window");
      });
      expect(await codeOfLight(...proxy)).to.equal("PROOF_UNAVAILABLE");
      const cut = (nodes: unknown) => (nodes as string[]).slice(0, -1);
      for (const change of [
        () => null,
        () => ({}),
        (proof: Fields) => ({ ...proof, accountProof: [] }),
        (proof: Fields) => ({ ...proof, accountProof: cut(proof["accountProof"]) }),
        (proof: Fields) => ({ ...proof, storageProof: cut(proof["storageProof"]) }),
        (proof: Fields) => ({ ...proof, storageProof: (proof["storageProof"] as unknown[]).toReversed() }),
      ]) {
        lie("eth_getProof", change);
        expect(await codeOfLight(...proxy)).to.equal("STATE_PROOF_INVALID");
      }
    });

    it("an address without a registry, with other code, and a proxy of a registry", async () => {
      const { registry, rpcUrl } = world.registry;
      const codes: Record<string, string> = {
        [`0x${"11".repeat(20)}`]: "0x",
        [`0x${"22".repeat(20)}`]: (await world.registry.rpc("eth_getCode", registry.id.registry, "latest")) as string,
        [`0x${"33".repeat(20)}`]: `0x363d3d373d3d3d363d73${registry.id.registry.slice(2)}5af43d82803e903d91602b57fd5bf3`,
      };
      for (const [address, code] of Object.entries(codes)) {
        await world.registry.rpc("anvil_setCode", address, code);
        await world.registry.rpc("anvil_mine", "0x1");
        const config = await world.writeConfig("other.json", { registry: getAddress(address) });
        const args = ["--config", config, "resolve", second!.storePath, "--rpc", rpcUrl, "--agree", "1"];
        expect((await askCli(...args)).code).to.equal(code === "0x" ? "REGISTRY_MISSING" : "REGISTRY_CODE_UNKNOWN");
      }
    });

    it("arguments that are none", async () => {
      for (const args of [
        ["--block-hash", "0x12"],
        ["--rpc", "ftp://example.org"],
        ["--agree", "0"],
        ["--max-age", "-1"],
        ["--light", "--from", "index"],
        ["--block-hash", blockHash, "--from", "chain"],
        ["--block-hash", blockHash, "--agree", "2"],
      ])
        expect((await world.runHere(["resolve", second!.storePath, ...args])).code).to.equal(64);
    });
  });
});
