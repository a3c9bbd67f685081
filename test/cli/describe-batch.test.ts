import { expect } from "chai";
import { NO_COLORS } from "../../src/cli/colors.js";
import { checkedToJson, describeChecked } from "../../src/cli/describe-batch.js";
import { describeChecks } from "../../src/cli/describe-checks.js";
import { hashTypedData } from "../../src/cli/describe-typed-data.js";
import { batchDigest, firstHead } from "../../src/cat/batch.js";
import type { CatRecord } from "../../src/cat/record.js";
import { typedBatch } from "../../src/consortium/batch-file.js";
import type { CheckedBatch } from "../../src/consortium/check-batch.js";
import { findOutOfScope } from "../../src/consortium/find-out-of-scope.js";
import { measureClosure, type MeasureOptions } from "../../src/consortium/measure-closure.js";
import { RecordReader } from "../../src/consortium/record-reader.js";
import { toHex } from "../../src/encoding/hex.js";
import { printableJson } from "../../src/errors/printable.js";
import { formatAttestation, parseAttestation } from "../../src/members/attestation.js";
import { formatPublicKey, generateSecretKey } from "../../src/nix/signing-key.js";
import { formatHashPart } from "../../src/nix/store-path.js";
import {
  Consortium,
  listPaths,
  type ListedPaths,
  narOf,
  nixIdOf,
  tombstone,
} from "../consortium/support/consortium.js";
import { makeStorePath, testRegistry } from "../support/fill-index.js";

const SIGNATURE = `cache.nixos.org-1:${Buffer.alloc(64, 1).toString("base64")}`;

/** What a person reads before signing, of batches that were checked against a real registry and node. */
describe("a checked batch, described", function () {
  this.timeout(60_000);
  let consortium: Consortium;
  let paths: ListedPaths;
  before(async () => {
    consortium = await Consortium.start();
    paths = await listPaths(consortium);
  });
  after(() => consortium.close());

  const check = async (...entries: Parameters<Consortium["draft"]>[0]) =>
    consortium.check(await consortium.draft(entries));
  const describe = (checked: CheckedBatch, facts = {}) => describeChecked(checked, NO_COLORS, facts);
  const lineWith = (text: string, part: string) => text.split("\n").find((line) => line.includes(part));

  it("names packages, versions, who built them, and another build's NarHash beside the one before", async () => {
    const deriver = `${"1".repeat(32)}-jq-1.7.1.drv`;
    const jq = await consortium.list("jq-1.7.1", { sigs: [SIGNATURE], deriver });
    const other = await consortium.list("alone", {}, undefined, narOf("alone, built otherwise"));
    const text = describe(await check(jq, other));
    const row = lineWith(text, "+ added")!.split(/ {2,}/);
    expect(row[0]).to.equal("+ added");
    expect(row).to.include.members(["jq", "1.7.1", "cache.nixos.org-1", jq.storePath, deriver]);
    expect(lineWith(text, "~ changed")).to.include("nobody");
    expect(lineWith(text, "NarHash  was")).to.equal(`    NarHash  was ${paths.alone.narHash}, is ${other.narHash}`);
    expect(text.indexOf("~ changed")).to.be.below(text.indexOf("+ added"));
  });

  it("lets no foreign text steer the terminal or turn the reading direction", async () => {
    const payload = SIGNATURE.slice(SIGNATURE.indexOf(":"));
    const checked = await check(await consortium.list("painted", { sigs: [`\u202e1-gro.sorcim${payload}`] }));
    expect(describe(checked)).to.include("\\u{202e}1-gro").and.not.to.include("\u202e");
    const json = printableJson(checkedToJson(checked));
    expect(json).not.to.include("\u202e");
    expect(JSON.parse(json)).to.deep.equal(JSON.parse(JSON.stringify(checkedToJson(checked))));
    const [row] = checked.rows;
    const attestation = parseAttestation(
      formatAttestation({
        ...{ ...testRegistry, seq: 1, digest: checked.digest, delta: checked.batch.delta },
        ...{ member: testRegistry.registry, system: "x86_64-linux", time: 0 },
        rows: [
          {
            ...{ nixId: formatHashPart(row!.row.nixId), name: "painted", swarmId: toHex(row!.row.swarmId) },
            ...{ narHash: row!.held!.record.narHash, result: "copied", mode: "copy" },
            builder: "https://cache.example/\u001b[2J\u009b2J",
            builderKey: formatPublicKey(generateSecretKey("\u202ek-1").publicKey),
          },
        ],
      }),
      "a test",
    );
    expect(describeChecks(attestation, { storeDir: "/nix/store" })).not.to.match(/[\u001b\u009b\u202e]/);
  });

  it("says which version of a package gives way to which", async () => {
    const old = await consortium.list("xz-5.6.1");
    const restore = await consortium.snapshot();
    await consortium.approve(old);
    const checked = await check(tombstone("xz-5.6.1"), await consortium.list("xz-5.6.2"));
    expect(lineWith(describe(checked), "version  ")).to.include("xz 5.6.1 -> 5.6.2");
    const json = checkedToJson(checked) as { versionChanges: object[] };
    expect(json.versionChanges).to.deep.equal([{ name: "xz", from: ["5.6.1"], to: ["5.6.2"] }]);
    await restore();
  });

  it("shows what is signed, each field and each hash", async () => {
    const checked = await check(paths.added);
    const { registry } = consortium.world;
    const text = describe(checked);
    const { batch } = checked;
    for (const value of [
      batch.parent,
      `0x${batch.root}`,
      `0x${batch.delta}`,
      `0x${batch.pack}`,
      String(batch.deadline),
    ])
      expect(text).to.include(` ${value}`);
    expect(text).to.include(` ${registry.id.registry}`).and.to.include(" 31337");
    const hashes = hashTypedData(typedBatch(checked));
    expect(hashes).to.include({ domainHash: firstHead(registry.id), digest: batchDigest(registry.id, batch) });
    expect(hashes.digest).to.equal(await registry.contract.batchDigest(typedBatch(checked).value as never));
    for (const hash of Object.values(hashes)) expect(text).to.include(hash as string);
    expect(checkedToJson(checked)).to.deep.include({ hashes });
  });

  it("shows fifty rows of a large batch and counts the rest, or all of them", async () => {
    const [template] = (await check(paths.added)).rows;
    const shown = await check(paths.added);
    const large = { ...shown, rows: Array.from({ length: 1234 }, () => template!) };
    const rowsIn = (text: string) => text.split("\n").filter((line) => line.startsWith("+ added")).length;
    const text = describe(large);
    expect([rowsIn(text), text.includes("1184 more rows")]).to.deep.equal([50, true]);
    expect(rowsIn(describe(large, { all: true }))).to.equal(1234);
    expect((checkedToJson(large) as { rows: object[] }).rows).to.have.length(1234);
  });

  it("says how each row was checked, where an attestation does, and what to think about", async () => {
    const checked = await check(paths.added, await consortium.list("fresh"));
    const checks = new Map([[toHex(nixIdOf("added")), "rebuilt"]]);
    const text = describe(checked, { checks, warnings: ["mind the gap"] });
    expect(lineWith(text, makeStorePath("added"))).to.include("rebuilt");
    expect(lineWith(text, makeStorePath("fresh"))).to.include(" bytes ");
    expect(text).to.include("warning: mind the gap");
  });

  it("finds what a member does not speak for, by packages as Nix names them", async () => {
    const checked = await check(await consortium.list("python3-3.12"), await consortium.list("jq-1.7"));
    const out = (scope?: { packages?: string[]; systems?: string[] }, system?: string) =>
      findOutOfScope(checked, { scope }, system).map((path) => path.replace(/^.*?-/, ""));
    expect(out()).to.deep.equal([]);
    expect(out({ packages: ["python3*"] })).to.deep.equal(["jq-1.7"]);
    expect(out({ packages: ["jq-1.7"] })).to.have.length(2);
    expect(out({ systems: ["aarch64-linux"] })).to.deep.equal([]);
    expect(out({ systems: ["aarch64-linux"] }, "x86_64-linux")).to.have.length(2);
  });

  const options = (): MeasureOptions => ({
    getChunk: (address) => consortium.store.getChunk(address),
    records: new RecordReader(consortium.store, "/nix/store"),
    signal: new AbortController().signal,
  });
  const sizeOf = (...records: CatRecord[]) => records.reduce((sum, { narSize }) => sum + narSize, 0);

  it("measures the closure: the batch's paths, and all that they refer to in the CAT, each once", async () => {
    const { base, lib, tool, added } = paths;
    const user = await consortium.refer("user", "tool", "added");
    expect(await measureClosure(await check(user, added), options())).to.deep.equal({
      ...{ paths: 5, narSize: sizeOf(user, added, tool, lib, base), unreadable: 0, complete: true },
    });
    const withdrawn = await consortium.check(await consortium.draft([tombstone("alone")]));
    expect(await measureClosure(withdrawn, options())).to.include({ paths: 0, narSize: 0 });
  });
});
