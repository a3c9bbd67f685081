import { expect } from "chai";
import { getAddress } from "ethers";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CatRecord } from "../../src/cat/record.js";
import { readBatchFile, writeBatchFile } from "../../src/consortium/batch-file.js";
import { parseAttestation } from "../../src/members/attestation.js";
import { formatCharter } from "../../src/members/charter.js";
import { formatPublicKey, generateSecretKey } from "../../src/nix/signing-key.js";
import { BinaryCache } from "../attest/support/binary-cache.js";
import { baseNameOf, Consortium, narOf, tomorrow } from "../consortium/support/consortium.js";
import { sampleCharter, sampleMember } from "../members/support/sample-charter.js";
import { makeStorePath } from "../support/fill-index.js";
import { draftBatch, type Entry } from "../support/publish-batch.js";
import { changeCouncil } from "../support/submit-acts.js";
import { CliWorld } from "./support/cli-world.js";
import { cliCommand, errorCodeOf } from "./support/run-cli.js";

/** What `catnix attest --json` prints, as far as the tests look. */
interface Printed {
  readonly counts: Record<string, number>;
  readonly remembered: number;
  readonly file: string;
  readonly report: string;
  readonly address?: string;
  readonly rows: readonly { readonly storePath: string; readonly result: string; readonly reason?: string }[];
}

describe("catnix attest", function () {
  this.timeout(120_000);
  let world: CliWorld;
  let consortium: Consortium;
  let cache: BinaryCache;
  before(async () => {
    world = await CliWorld.start();
    consortium = Consortium.over(world.registry);
  });
  after(() => world.close());
  beforeEach(async () => {
    cache = await BinaryCache.start();
  });
  afterEach(async () => {
    await cache.close();
    await rm(world.file(".catnix"), { recursive: true, force: true });
  });

  const memberOf = async (account: "alice" | "bob") => {
    const { address } = JSON.parse(await readFile(world.file(`${account}.json`), "utf8")) as { address: string };
    return getAddress(address);
  };

  /** Uploads paths whose NARs have their names, and drafts a batch of them. */
  async function draft(file: string, ...entries: Entry[]): Promise<string> {
    const batch = await draftBatch(world.registry, entries, { deadline: tomorrow() });
    await writeBatchFile(world.file(file), { registry: world.registry.registry.id, batch, approvals: [] });
    return world.file(file);
  }

  async function attest(
    file: string,
    out: string,
    ...args: string[]
  ): Promise<{ code: number; printed: Printed; error?: string }> {
    const named = ["--member", await memberOf("alice"), "--out", world.file(out)];
    const builder = ["--builder", cache.url, "--builder-key", formatPublicKey(cache.key.publicKey)];
    const result = await world.runHere(["attest", file, "--mode", "copy", ...named, ...builder, "--json", ...args]);
    const error = result.code === 0 ? {} : { error: errorCodeOf(result) };
    return { code: result.code, printed: (result.stdout ? JSON.parse(result.stdout) : {}) as Printed, ...error };
  }

  const sign = (file: string, attestation?: string, account: "alice" | "bob" = "alice") => {
    const by = attestation === undefined ? [] : ["--attestation", attestation];
    return world.runHere(["batch", "sign", file, "--yes", "--json", ...by, ...world.keyOf(account)]);
  };

  it("vouches for what a builder signed, on disk, on Swarm and in a report; and lets the batch be signed by it", async () => {
    const records = await Promise.all(["one", "two", "three"].map((name) => consortium.list(name)));
    for (const { storePath } of records) cache.list(storePath, narOf(storePath.slice(44)));
    const file = await draft("good.json", ...records);
    const { code, printed } = await attest(file, "good");
    expect([code, printed.counts, printed.remembered]).to.deep.equal([0, { copied: 3 }, 0]);

    const bytes = await readFile(printed.file);
    const attestation = parseAttestation(bytes, printed.file);
    const { batch } = await readBatchFile(file);
    expect(attestation).to.deep.include({ seq: batch.seq, delta: batch.delta, member: await memberOf("alice") });
    expect(attestation.rows.map(({ swarmId }) => swarmId)).to.have.length(3);
    expect(Buffer.from(await world.registry.store.readAll(printed.address!, 1 << 20)).equals(bytes)).to.equal(true);
    expect(await readFile(printed.report, "utf8"))
      .to.include("## Vouched for")
      .and.not.to.include("## To look at");

    for (const source of [printed.file, printed.address!]) {
      const shown = await world.runHere(["batch", "show", file, "--attestation", source]);
      expect(shown.stdout, shown.stderr).to.include("3 copied").and.to.include(cache.url);
    }
    const signed = await sign(file, printed.file);
    expect(signed.code, signed.stderr).to.equal(0);
    expect((await readBatchFile(file)).approvals).to.have.length(1);
  });

  it("remembers by member, build and builder; and looks again when told to", async () => {
    const record = await consortium.list("remembered");
    cache.list(record.storePath, narOf("remembered"));
    const file = await draft("remembered.json", record);
    await attest(file, "remembered", "--no-upload");
    const asked = () => cache.asked.filter((path) => path.endsWith(".narinfo")).length;
    expect(asked()).to.equal(1);
    const again = await attest(file, "remembered", "--no-upload");
    expect([again.printed.remembered, again.printed.address, asked()]).to.deep.equal([1, undefined, 1]);
    expect((await attest(file, "remembered", "--no-upload", "--recheck")).printed.remembered).to.equal(0);
    expect(asked()).to.equal(2);

    // A key that does not count any more.
    const other = formatPublicKey(generateSecretKey("other-1").publicKey);
    const args = ["--mode", "copy", "--builder", cache.url, "--builder-key", other, "--no-upload", "--json"];
    const named = ["--member", await memberOf("alice"), "--out", world.file("remembered")];
    expect(errorCodeOf(await world.runHere(["attest", file, ...named, ...args]))).to.equal("BATCH_NOT_VOUCHED");
  });

  describe("where not all is well", () => {
    let records: Record<"good" | "other" | "missing" | "user", CatRecord>;
    let file: string;
    beforeEach(async () => {
      const [good, other, missing] = await Promise.all([
        consortium.list("good"),
        consortium.list("other"),
        consortium.list("missing"),
      ]);
      const user = await consortium.refer("user", "other");
      records = { good, other, missing, user };
      cache.list(good.storePath, narOf("good"));
      cache.list(other.storePath, narOf("othex"));
      cache.list(user.storePath, narOf("user"), { references: [baseNameOf("other")] });
      file = await draft("bad.json", ...Object.values(records));
    });

    it("names what differs and keeps both NARs, and refuses to sign by it", async () => {
      const { code, error, printed } = await attest(file, "bad");
      expect([code, error, printed.counts]).to.deep.equal([
        1,
        "BATCH_NOT_VOUCHED",
        { copied: 2, differs: 1, failed: 1 },
      ]);
      const rows = new Map(printed.rows.map((row) => [row.storePath, row]));
      expect(rows.get(records.other.storePath)).to.include({ result: "differs" });
      expect(rows.get(records.missing.storePath)).to.include({ result: "failed" });
      const kept = join(world.file("bad"), "differs", baseNameOf("other"));
      expect(await readdir(kept)).to.have.members(["published.nar", "builder.nar", "differences.json"]);
      expect((await readFile(join(kept, "builder.nar"))).equals(narOf("othex"))).to.equal(true);
      expect(JSON.parse(await readFile(join(kept, "differences.json"), "utf8"))).to.deep.equal([
        { kind: "content", path: "", offset: 4, firstSize: 5, secondSize: 5 },
      ]);
      const report = await readFile(printed.report, "utf8");
      expect(report)
        .to.include("## To look at")
        .and.to.include(`](<differs/${baseNameOf("other")}>)`);

      for (const attestation of [printed.file, undefined])
        // to forget the option is no way around
        expect(errorCodeOf(await sign(file, attestation))).to.equal("ATTESTATION_REFUSES");
      await rm(kept, { recursive: true });
      expect(errorCodeOf(await sign(file))).to.equal("ATTESTATION_REFUSES");
      const member = ["--member", await memberOf("alice"), "--json"];
      for (const more of [[], ["--attestation", printed.file]]) {
        const exported = await world.runHere(["batch", "typed-data", file, ...member, ...more]);
        expect(errorCodeOf(exported), "signing elsewhere is no way around either").to.equal("ATTESTATION_REFUSES");
      }
      expect((await readBatchFile(file)).approvals).to.deep.equal([]);
      const other = await sign(file, undefined, "bob"); // who found out nothing
      expect(other.code, other.stderr).to.equal(0);
    });

    it("leaves rows out by a new draft, which costs no second look at the others", async () => {
      await attest(file, "bad", "--no-upload");
      const asked = cache.asked.length;
      const less = world.file("less.json");
      const paths = [records.other, records.missing].map(({ storePath }) => storePath);
      const refused = await attest(file, "less", "--draft", less, "--leave-out", ...paths);
      expect([refused.error, existsSync(less)]).to.deep.equal(["LEAVE_OUT_REFERENCED", false]);

      const { code, printed } = await attest(
        file,
        "less",
        "--with-referrers",
        "--draft",
        less,
        "--leave-out",
        ...paths,
      );
      expect([code, printed.counts, printed.remembered]).to.deep.equal([0, { copied: 1 }, 1]);
      expect(cache.asked.slice(asked).filter((path) => path.endsWith(".narinfo"))).to.deep.equal([]);
      const exported = await world.runHere([
        ...["batch", "typed-data", less, "--member", await memberOf("alice"), "--attestation", printed.file],
      ]);
      expect(exported.code, exported.stderr).to.equal(0);
      expect(exported.stderr, "how each row was checked").to.include("copied");
      expect((await sign(less, printed.file)).code).to.equal(0);
      expect(errorCodeOf(await sign(file, printed.file))).to.equal("ATTESTATION_OF_ANOTHER_BATCH");
      const shown = await world.runHere(["batch", "show", file, "--attestation", printed.file, "--json"]);
      expect(errorCodeOf(shown)).to.equal("ATTESTATION_OF_ANOTHER_BATCH");
      expect(errorCodeOf(await sign(less, printed.file, "bob"))).to.equal("ATTESTATION_OF_ANOTHER_MEMBER");
    });

    it("`batch leave-out` does the same without attesting", async () => {
      const run = async (out: string, ...paths: string[]) =>
        world.runHere(["batch", "leave-out", file, ...paths, "--out", world.file(out), "--json"]);
      const { code, stdout } = await run("without.json", records.missing.storePath);
      expect(code).to.equal(0);
      const { batch, leftOut } = JSON.parse(stdout) as { batch: { rows: number }; leftOut: string[] };
      expect([batch.rows, leftOut]).to.deep.equal([3, [records.missing.storePath]]);
      expect((await world.runHere(["batch", "show", world.file("without.json"), "--json"])).code).to.equal(0);

      expect(errorCodeOf(await run("x.json", makeStorePath("unknown")))).to.equal("LEAVE_OUT_INVALID");
      const all = Object.values(records).map(({ storePath }) => storePath);
      expect(errorCodeOf(await run("x.json", ...all))).to.equal("LEAVE_OUT_INVALID");
      expect(errorCodeOf(await run("x.json", records.other.storePath))).to.equal("LEAVE_OUT_REFERENCED");
      expect(errorCodeOf(await run("bad.json", records.missing.storePath))).to.equal("FILE_EXISTS");
    });

    it("finds a difference again where what was kept of it is gone", async () => {
      await attest(file, "bad", "--no-upload");
      expect((await attest(file, "bad", "--no-upload")).printed.remembered).to.equal(3);
      await rm(world.file("bad"), { recursive: true });
      expect((await attest(file, "bad", "--no-upload")).printed.remembered).to.equal(2);
      expect(existsSync(join(world.file("bad"), "differs", baseNameOf("other"), "published.nar"))).to.equal(true);
    });
  });

  it("does the same work twice where two run at once, and both end well", async () => {
    const names = Array.from({ length: 8 }, (_, at) => `twice-${at}`);
    const records = await Promise.all(names.map((name) => consortium.list(name)));
    for (const { storePath } of records) cache.list(storePath, narOf(`other-${storePath.slice(44)}`));
    const file = await draft("twice.json", ...records);
    const builder = ["--mode", "copy", "--builder", cache.url, "--builder-key", formatPublicKey(cache.key.publicKey)];
    const args = [
      "attest",
      file,
      "--member",
      await memberOf("alice"),
      "--out",
      world.file("twice"),
      "--no-upload",
      "--json",
    ];
    const runs = await Promise.all([1, 2].map(() => world.run([...args, ...builder])));
    for (const result of runs) {
      expect(errorCodeOf(result)).to.equal("BATCH_NOT_VOUCHED");
      const { counts, rows } = JSON.parse(result.stdout) as Printed;
      expect(counts).to.deep.equal({ differs: 8 });
      for (const { reason } of rows) expect(reason).to.match(/other bytes from byte 0 on/);
    }
    const kept = await readdir(world.file("twice/differs"));
    expect(kept.sort()).to.deep.equal(records.map(({ storePath }) => storePath.slice(11)).sort());
    for (const name of kept)
      expect((await readdir(world.file(`twice/differs/${name}`))).sort()).to.deep.equal([
        "builder.nar",
        "differences.json",
        "published.nar",
      ]);
    parseAttestation(await readFile(world.file("twice/attestation.json")), "it");
  });

  it("says that what it remembers by is damaged, and begins anew without it", async () => {
    const record = await consortium.list("damaged");
    cache.list(record.storePath, narOf("damaged"));
    const file = await draft("damaged.json", record);
    await attest(file, "damaged", "--no-upload");
    const memory = world.file(".catnix/attested.sqlite");
    await writeFile(memory, "no database, but as long as one would be".repeat(1000));
    expect((await attest(file, "damaged", "--no-upload")).error).to.equal("DATABASE_FAILED");
    await rm(memory);
    expect((await attest(file, "damaged", "--no-upload")).printed.counts).to.deep.equal({ copied: 1 });
  });

  for (const [signal, ends] of [
    ["SIGKILL", [null, "SIGKILL"]],
    ["SIGTERM", [143, null]],
  ] as const)
    it(`goes on where it was ended by ${signal}`, async () => {
      const names = Array.from({ length: 6 }, (_, at) => `${signal}-${at}`);
      const records = await Promise.all(names.map((name) => consortium.list(name)));
      for (const [at, { storePath }] of records.entries()) cache.list(storePath, narOf(names[at]!));
      const file = await draft(`${signal}.json`, ...records);
      // The fourth is never answered.
      const stuck = Promise.withResolvers<undefined>();
      let answers = 0;
      cache.intercept = ({ url }) => {
        if (!url!.endsWith(".narinfo") || ++answers < 4) return false;
        stuck.resolve(undefined);
        return true;
      };
      const member = await memberOf("alice");
      const key = formatPublicKey(cache.key.publicKey);
      const args = ["attest", file, "--member", member, "--mode", "copy", "--builder", cache.url, "--builder-key", key];
      const [program, words] = cliCommand([...args, "--jobs", "1", "--out", world.file(signal), "--no-upload"]);
      const child = spawn(program, words, { cwd: world.folder, stdio: "ignore" });
      await stuck.promise;
      child.kill(signal);
      expect(await once(child, "exit")).to.deep.equal(ends);
      expect(existsSync(world.file(signal))).to.equal(false);

      cache.intercept = () => false;
      cache.asked.length = 0;
      const { code, printed } = await attest(file, signal, "--no-upload");
      expect([code, printed.counts, printed.remembered]).to.deep.equal([0, { copied: 6 }, 3]);
      expect(cache.asked.filter((path) => path.endsWith(".narinfo"))).to.have.length(3);
    });

  describe("refuses", () => {
    const codeOfArgs = async (...args: string[]) =>
      errorCodeOf(await world.runHere(["attest", "--member", await memberOf("alice"), ...args, "--json"]));

    it("a copy of nobody, by nobody's key, at no URL, or of no cache", async () => {
      const file = await draft("refused.json", await consortium.list("refused"));
      const key = ["--builder-key", formatPublicKey(cache.key.publicKey)];
      expect(await codeOfArgs(file, "--mode", "copy", ...key)).to.equal("USAGE");
      expect(await codeOfArgs(file, "--mode", "copy", "--builder", cache.url)).to.equal("USAGE");
      expect(await codeOfArgs(file, "--mode", "copy", "--builder", "cache.example", ...key)).to.equal("USAGE");
      expect(await codeOfArgs(file, "--mode", "copy", "--builder", cache.url, "--builder-key", "x")).to.equal(
        "NIX_KEY_INVALID",
      );
      cache.files.clear();
      expect(await codeOfArgs(file, "--mode", "copy", "--builder", cache.url, ...key)).to.equal(
        "BUILDER_ANSWER_INVALID",
      );
      expect(await codeOfArgs(file, "--draft", "x")).to.equal("USAGE");
      expect(await codeOfArgs(file, "--member", "alice")).to.equal("USAGE");
      expect(await codeOfArgs(file, "--leave-out", makeStorePath("refused"))).to.equal("USAGE");
    });

    it("settings that are no line of nix.conf, or would build nothing", async () => {
      const file = await draft("settings.json", await consortium.list("settings"));
      for (const setting of ["cores", "cores = 4\nsandbox = false", "include /etc/nix/nix.conf", "!include x = y"])
        expect(await codeOfArgs(file, "--nix-setting", setting), setting).to.equal("USAGE");
      expect(await codeOfArgs(file, "--mode", "copy", "--nix-setting", "cores = 4")).to.equal("USAGE");
    });

    it("what is no attestation, when it is signed by", async () => {
      const file = await draft("by.json", await consortium.list("by"));
      expect(errorCodeOf(await sign(file, file))).to.equal("ATTESTATION_INVALID");
      expect(errorCodeOf(await sign(file, world.file("nowhere")))).to.equal("FILE_UNREADABLE");
    });
  });

  it("says what the charter does not let the member speak for, before it looks at anything", async () => {
    const alice = sampleMember("alice", 1, { scope: { packages: ["python3*"] } });
    const { address } = await world.registry.store.write(formatCharter(sampleCharter([alice])));
    await changeCouncil(world.registry, { charter: address });
    const record = await consortium.list("jq-1.7");
    cache.list(record.storePath, narOf(record.storePath.slice(44)));
    const file = await draft("scope.json", record);
    const of = ["--member", await memberOf("alice"), "--out", world.file("scope"), "--mode", "copy"];
    const builder = ["--builder", cache.url, "--builder-key", formatPublicKey(cache.key.publicKey)];
    const { code, stderr } = await world.runHere(["attest", file, ...of, ...builder]);
    expect(code, stderr).to.equal(0);
    expect(stderr).to.include(`alice does not speak for 1 path of this: ${record.storePath}`);
  });
});
