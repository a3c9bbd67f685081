import { expect } from "chai";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { attestRows, type AttestRowsOptions, type AttestTask, toAttestationRow } from "../../src/attest/attest-rows.js";
import { AttestedBuilds } from "../../src/attest/attested-builds.js";
import type { RowOutcome, RowToAttest } from "../../src/attest/row-outcome.js";
import { CatnixError } from "../../src/errors/catnix-error.js";
import { formatAttestation } from "../../src/members/attestation.js";
import { formatPublicKey, generateSecretKey } from "../../src/nix/signing-key.js";
import { narOf, nixIdOf } from "../consortium/support/consortium.js";
import { codeOf } from "../support/code-of.js";
import { makeRecord, swarmIdOf, testRegistry } from "../support/fill-index.js";
import { makeTempFolder } from "../support/temp-folder.js";

const key = formatPublicKey(generateSecretKey("builder-1").publicKey);
const copied: RowOutcome = { result: "copied", mode: "copy", builder: "https://cache.example", builderKey: key };

function rowOf(name: string): RowToAttest {
  const record = makeRecord(name, narOf(name));
  return { nixId: nixIdOf(name), swarmId: swarmIdOf(record), record };
}

describe("attest/attest-rows", () => {
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let memory: AttestedBuilds;
  let looked: string[];
  beforeEach(async () => {
    folder = await makeTempFolder();
    memory = open("0xA", "copy");
    looked = [];
  });
  afterEach(async () => {
    memory.close();
    await folder.remove();
  });

  function open(member: string, mode: "rebuild" | "copy"): AttestedBuilds {
    return new AttestedBuilds(join(folder.path, "attested.sqlite"), member, mode);
  }

  const task = (rows: RowToAttest[], outcome: (row: RowToAttest) => RowOutcome = () => copied): AttestTask => ({
    ...{ rows, mode: "copy" },
    check: (asked) => {
      looked.push(...asked.map(({ record }) => record.storePath.slice(44)));
      return Promise.resolve(asked.map(outcome));
    },
  });
  const run = (tasks: AttestTask[], options: Partial<AttestRowsOptions> = {}) =>
    attestRows(tasks, { jobs: 2, memory, signal: new AbortController().signal, ...options });
  const [a, b, c] = [rowOf("a"), rowOf("b"), rowOf("c")];

  it("gives an outcome for each row in the tasks' order, and says how far it is", async () => {
    const progress: number[] = [];
    const attested = await run([task([a, b]), task([c])], { onProgress: ({ done, of }) => progress.push(done, of) });
    expect(attested.map(({ row, isRemembered }) => [row, isRemembered])).to.deep.equal([
      [a, false],
      [b, false],
      [c, false],
    ]);
    expect(progress).to.deep.equal([1, 3, 2, 3, 3, 3]);
  });

  it("looks only at rows of a task that it does not remember", async () => {
    await run([task([a])]);
    looked = [];
    const attested = await run([task([a, b])]);
    expect(looked).to.deep.equal(["b"]);
    expect(attested.map(({ isRemembered }) => isRemembered)).to.deep.equal([true, false]);
    await run([task([a])], { recheck: true });
    await run([task([a])], { isReusable: () => Promise.resolve(false) });
    expect(looked).to.deep.equal(["b", "a", "a"]);
  });

  it("remembers by member, mode, path and content", async () => {
    await run([task([a])]);
    for (const other of [open("0xB", "copy"), open("0xA", "rebuild")]) {
      expect(other.find(a)).to.equal(undefined);
      other.close();
    }
    expect(memory.find(a)).to.deep.equal(copied);
    expect(memory.find({ ...a, swarmId: b.swarmId })).to.equal(undefined);
    expect(memory.find({ ...a, nixId: b.nixId })).to.equal(undefined);
  });

  it("remembers no failure, and no difference of which nothing is kept any more", async () => {
    const reason = "so";
    const kept = join(folder.path, "kept");
    await mkdir(kept);
    const outcomes: RowOutcome[] = [
      { result: "failed", mode: "copy", reason },
      { result: "skipped", mode: "copy", reason },
      { result: "differs", mode: "copy", reason, kept },
    ];
    await run([a, b, c].map((row, at) => task([row], () => outcomes[at]!)));
    expect([a, b, c].map((row) => memory.find(row))).to.deep.equal([undefined, undefined, outcomes[2]]);
    await rm(kept, { recursive: true });
    expect(memory.find(c)).to.equal(undefined);
  });

  it("takes a coded fault of a row for its failure, and goes on", async () => {
    const broken = (): RowOutcome => {
      throw new CatnixError("SWARM_NOT_FOUND", { address: "ab".repeat(32) });
    };
    const attested = await run([task([a], broken), task([b])]);
    expect(attested.map(({ outcome }) => outcome.result)).to.deep.equal(["failed", "copied"]);
  });

  it("ends by a fault of this machine, by a mistake, and by its signal; what was found out stays", async () => {
    const full = () => {
      throw new CatnixError("DISK_FULL", { file: "x", reason: "no room" });
    };
    expect(await codeOf(() => run([task([a]), task([b], full)], { jobs: 1 }))).to.equal("DISK_FULL");
    expect(memory.find(a)).to.deep.equal(copied);
    const mistake = new TypeError("x");
    const wrong = () => {
      throw mistake;
    };
    expect(await run([task([b], wrong)]).catch((error: unknown) => error)).to.equal(mistake);
    const reason = new Error("enough");
    const signal = AbortSignal.abort(reason);
    expect(await run([task([c])], { signal }).catch((error: unknown) => error)).to.equal(reason);
    expect(memory.find(c)).to.equal(undefined);
  });

  it("makes rows of an attestation, without what is this machine's own", async () => {
    const difference: RowOutcome = { result: "differs", mode: "copy", reason: "x", kept: "/home/me/kept" };
    const attested = await run([task([a]), task([b], () => difference)]);
    const rows = attested
      .map((row) => toAttestationRow(row, "/nix/store"))
      .sort((one, other) => Buffer.compare(nixIdOf(one.name), nixIdOf(other.name)));
    const member = testRegistry.registry;
    const bytes = formatAttestation({
      ...{ ...testRegistry, seq: 1, digest: `0x${"cd".repeat(32)}`, delta: "ef".repeat(32), member },
      ...{ system: "x86_64-linux", time: 1, rows },
    });
    expect(Buffer.from(bytes).toString()).to.include("copied").and.to.include("differs").and.not.to.include("/home");
  });
});
