import { expect } from "chai";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { zstdCompressSync } from "node:zlib";
import type { Batch } from "../../src/cat/batch.js";
import { encodeDelta } from "../../src/cat/delta.js";
import { encodePack } from "../../src/cat/pack.js";
import { type CatRecord, formatRecord } from "../../src/cat/record.js";
import { readBatchFile, writeBatchFile } from "../../src/consortium/batch-file.js";
import { toHex } from "../../src/encoding/hex.js";
import type { ErrorCode } from "../../src/errors/descriptors.js";
import { Consortium, narOf, nixIdOf } from "../consortium/support/consortium.js";
import { makeStorePath, swarmIdOf } from "../support/fill-index.js";
import type { Fault } from "../support/fault-proxy.js";
import type { Entry } from "../support/publish-batch.js";
import { RpcRefusal, type RpcRule } from "../support/rpc-proxy.js";
import { CliWorld } from "./support/cli-world.js";
import { errorCodeOf } from "./support/run-cli.js";

/**
 * What the commands do about input that is wrong: a code, exit code 1, nothing on standard output, and nothing changed in
 * files, on the chain or on Swarm. Each rule of a format is tested where the format is; here is one of each kind, to the end.
 */
describe("commands with bad input", function () {
  this.timeout(60_000);
  let world: CliWorld;
  let consortium: Consortium;
  let good: CatRecord;
  before(async () => {
    world = await CliWorld.start();
    consortium = Consortium.over(world.registry);
    await consortium.approve(await consortium.list("listed"));
    good = await consortium.list("good");
  });
  afterEach(() => consortium.mendSwarm());
  after(() => world.close());

  /** Everything that a command could change, but what is on Swarm. */
  async function lookAt(file: string): Promise<unknown> {
    return [
      await readFile(file, "utf8"),
      existsSync(world.file("out.json")),
      await world.registry.rpc("eth_blockNumber"),
    ];
  }

  async function expectRefused(code: ErrorCode | RegExp, args: string[], file = world.file("catnix.json")) {
    const before = await lookAt(file);
    const result = await world.runHere([...args, "--json"]);
    expect([result.code, result.stdout], result.stderr).to.deep.equal([1, ""]);
    const found = errorCodeOf(result);
    if (typeof code === "string") expect(found).to.equal(code);
    else expect(found).to.match(code);
    expect(await lookAt(file)).to.deep.equal(before);
    expect(world.registry.swarmProxy.requests.filter((request) => request.startsWith("POST"))).to.deep.equal([]);
  }

  const sign = (file: string) => ["batch", "sign", file, "--yes", ...world.keyOf("alice")];

  async function draft(entries: readonly Entry[], overrides: Partial<Batch> = {}): Promise<string> {
    const file = world.file("batch.json");
    const batch = await consortium.draft(entries, overrides);
    await writeBatchFile(file, { registry: world.registry.registry.id, batch, approvals: [] });
    return file;
  }

  const files: Record<string, [ErrorCode, content: string, args: (file: string) => string[]]> = {
    "a configuration that is no JSON": ["CONFIG_INVALID", "{", (file) => ["registry", "show", "--config", file]],
    "a configuration with an unknown key": [
      "CONFIG_INVALID",
      '{"swarm":{"uri":"http://127.0.0.1"}}',
      (file) => ["registry", "show", "--config", file],
    ],
    "a key that is none": [
      "KEY_INVALID",
      '{"version":3}',
      (file) => [
        ...["registry", "withdraw", "--batch", "1", "--reason", "x"],
        ...["--key", file, "--password-file", world.file("password")],
      ],
    ],
    "a batch file that breaks off": ["BATCH_FILE_INVALID", '{"format":"catnix-batch/1",', sign],
    "a batch file of another format": ["BATCH_FILE_INVALID", '{"format":"catnix-batch/2"}', sign],
    "a council that is none": [
      "COUNCIL_INVALID",
      '{"members":[]}',
      (file) => ["registry", "deploy", "--council", file, "--out", world.file("out.json"), ...world.keyOf("payer")],
    ],
  };
  for (const [what, [code, content, args]] of Object.entries(files)) {
    it(`${what}: ${code}`, async () => {
      const file = world.file("given.json");
      await writeFile(file, content);
      await expectRefused(code, args(file), file);
    });
  }

  const batches: Record<string, [ErrorCode, make: () => Promise<string>]> = {
    "a delta that is none": [
      "CAT_ROW_INVALID",
      async () => draft([good], { delta: (await world.registry.store.write(new Uint8Array(64))).address }),
    ],
    "a delta with a row more": [
      "CAT_ROOT_MISMATCH",
      async () => {
        const { seq } = await world.registry.registry.state();
        const row = (name: string) => ({ nixId: nixIdOf(name), seq: seq + 1, swarmId: swarmIdOf(good) });
        const rows = [row("good"), row("listed")].sort((a, b) => Buffer.compare(a.nixId, b.nixId));
        return draft([good], { delta: (await world.registry.store.write(encodeDelta(rows))).address, rows: 2 });
      },
    ],
    "a pack of another record": [
      "CAT_PACK_INVALID",
      async () => {
        const pack = encodePack([formatRecord({ ...good, fileSize: 1 })]);
        return draft([good], { pack: (await world.registry.store.write(pack)).address });
      },
    ],
    "a record that is none": [
      "CAT_RECORD_INVALID",
      () => draft([{ storePath: makeStorePath("good"), content: Buffer.from("<html>") }]),
    ],
    "a record of another path": [
      "CAT_RECORD_OF_ANOTHER_PATH",
      () => draft([{ storePath: makeStorePath("bad"), content: Buffer.from(formatRecord(good)) }]),
    ],
    "a NAR of another hash": [
      "NAR_FILE_INVALID",
      async () => draft([await consortium.list("bad", {}, zstdCompressSync(narOf("one")), narOf("two"))]),
    ],
    "a NAR that is none": [
      "NAR_FILE_INVALID",
      async () => draft([await consortium.list("bad", {}, zstdCompressSync("no NAR"), Buffer.from("no NAR"))]),
    ],
    "a reference to a path that nobody lists": [
      "CAT_CLOSURE_BROKEN",
      async () => draft([await consortium.refer("bad", "nowhere")]),
    ],
    "a root that does not follow": ["CAT_ROOT_MISMATCH", () => draft([good], { root: "ab".repeat(32) })],
  };
  for (const [what, [code, make]] of Object.entries(batches)) {
    it(`batch sign, ${what}: ${code}`, async () => {
      const file = await make();
      await expectRefused(code, sign(file), file);
    });
  }

  const faults: [string, Fault, ErrorCode | RegExp][] = [
    ["404", { kind: "status", status: 404 }, "SWARM_NOT_FOUND"],
    ["500", { kind: "status", status: 500 }, "SWARM_NOT_FOUND"],
    ["503", { kind: "status", status: 503 }, "SWARM_BUSY"],
    ["401", { kind: "status", status: 401 }, "SWARM_REQUEST_REFUSED"],
    [
      "too little",
      { kind: "truncate", after: 40, framing: "length" },
      /^SWARM_(SIZE_MISMATCH|MISMATCH|CHUNK_INVALID)$/,
    ],
    ["too little, without a length", { kind: "truncate", after: 40, framing: "chunked" }, /^SWARM_/],
    ["too much", { kind: "endless" }, /^SWARM_/],
    ["wrong bytes", { kind: "flip", at: 20 }, /^SWARM_(MISMATCH|CHUNK_INVALID)$/],
    ["half, and hangs up", { kind: "reset", after: 40 }, /^SWARM_(TRUNCATED|UNREACHABLE|CHUNK_INVALID)$/],
  ];
  for (const [what, fault, code] of faults) {
    it(`a Swarm that answers ${what}: batch sign, batch show and batch create`, async () => {
      const file = await draft([good]);
      const { delta } = (await readBatchFile(file)).batch;
      const create = ["batch", "create", "--out", world.file("out.json")];
      const commands: [broken: string, args: string[]][] = [
        [good.narAddress, sign(file)],
        [delta, ["batch", "show", file]],
        [toHex(swarmIdOf(good)), [...create, "--record", toHex(swarmIdOf(good))]],
        ["/chunks/", [...create, "--withdraw", makeStorePath("listed")]],
      ];
      for (const [broken, args] of commands) {
        consortium.mendSwarm();
        consortium.breakSwarm(broken, fault);
        await expectRefused(code, args, file);
      }
    });
  }

  const refusals: Record<string, RpcRule> = {
    "refuses in the middle": ({ method }, result) => {
      if (method === "eth_call") throw new RpcRefusal("rate limit");
      return result;
    },
    "goes away in the middle": ({ method }, result) => {
      if (method === "eth_chainId") world.registry.rpcProxy.down = true;
      return result;
    },
  };
  for (const [what, rule] of Object.entries(refusals)) {
    it(`an RPC that ${what}: RPC_UNAVAILABLE`, async () => {
      const { rpcProxy } = world.registry;
      const config = ["--config", await world.writeConfig("proxied.json", { rpcUrl: rpcProxy.url })];
      const file = await draft([good]);
      const out = ["--out", world.file("out.json")];
      const commands = [
        ["registry", "show"],
        ["batch", "create", "--withdraw", makeStorePath("listed"), ...out],
        ["batch", "submit", file, ...world.keyOf("payer")],
        [...sign(file), ...out],
      ];
      try {
        for (const args of commands) {
          rpcProxy.down = false;
          rpcProxy.rule = rule;
          await expectRefused("RPC_UNAVAILABLE", [...args, ...config], file);
        }
      } finally {
        rpcProxy.down = false;
        rpcProxy.rule = (_call, result) => result;
      }
    });
  }
});
