import { expect } from "chai";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startServing } from "../../src/cli/start-serving.js";
import { batchDigest, type Batch } from "../../src/cat/batch.js";
import type { CatRecord } from "../../src/cat/record.js";
import { formatRecordFingerprint } from "../../src/cat/record-fingerprint.js";
import { loadConfig } from "../../src/config/load.js";
import { readBatchFile } from "../../src/consortium/batch-file.js";
import { compareBytes } from "../../src/encoding/bytes.js";
import { toHex } from "../../src/encoding/hex.js";
import { createKeystore } from "../../src/keys/keystore.js";
import { silentLogger } from "../../src/log/logger.js";
import { type AttestationRow, formatAttestation } from "../../src/members/attestation.js";
import { parseNarInfo } from "../../src/nix/narinfo.js";
import { signFingerprint } from "../../src/nix/signature.js";
import { formatPublicKey, formatSecretKey, generateSecretKey } from "../../src/nix/signing-key.js";
import { parseHashPart } from "../../src/nix/store-path.js";
import { BeeStore } from "../../src/swarm/bee-store.js";
import { makeRecord, swarmIdOf } from "../support/fill-index.js";
import { makeKeyedMember, putCharter } from "../support/member-keys.js";
import { publishBatch } from "../support/publish-batch.js";
import { changeCouncil } from "../support/submit-acts.js";
import { wellKnownKey } from "../support/well-known-key.js";
import { CliWorld } from "./support/cli-world.js";
import { errorCodeOf } from "./support/run-cli.js";

const builder = generateSecretKey("cache.example-1");
const recordOf = (name: string) => makeRecord(name, Buffer.from(name));
const signed = (record: CatRecord): CatRecord => ({
  ...record,
  sigs: [signFingerprint(formatRecordFingerprint(record, "/nix/store"), builder)],
});
const [hello, tool, odd] = [recordOf("hello-1"), signed(recordOf("tool-1")), recordOf("odd-1")];

describe("catnix batch sign-paths", function () {
  this.timeout(60_000);
  const [alice, bob] = [makeKeyedMember("alice", 1), makeKeyedMember("bob", 2)];
  let world: CliWorld;
  let batch: Batch;
  let ofAlice: string[];

  before(async () => {
    world = await CliWorld.start();
    const uploads = new BeeStore({ url: world.registry.swarmProxy.url, batchId: "0".repeat(64) });
    await changeCouncil(world.registry, { charter: await putCharter(uploads, [alice, bob]) });
    batch = await publishBatch(world.registry, hello, tool, odd);
    const password = (await readFile(world.file("password"), "utf8")).trim();
    for (const [name, at] of [
      ["alice", 21],
      ["bob", 22],
    ] as const)
      await createKeystore(world.file(`${name}.owned.json`), password, { privateKey: wellKnownKey(at), fast: true });
    for (const [name, key] of Object.entries(alice.nixKeys))
      await writeFile(world.file(`${name}.secret`), formatSecretKey(key), { mode: 0o600 });
    await writeFile(world.file("strange.secret"), formatSecretKey(generateSecretKey("alice-rebuilt-1")), {
      mode: 0o600,
    });
    await writeFile(world.file("open.secret"), formatSecretKey(alice.nixKeys.rebuilt), { mode: 0o644 });
    await writeFile(world.file("attestation.json"), attest(alice.entry.address));
    await writeFile(world.file("of-bob.json"), attest(bob.entry.address));
    ofAlice = ["--owned-key", world.file("alice.owned.json"), "--owned-password-file", world.file("password")];
  });
  after(() => world.close());

  function attest(member: string): Uint8Array {
    const deriver = `${hello.storePath.slice(11, 43)}-any.drv`;
    const found: [CatRecord, Partial<AttestationRow>][] = [
      [hello, { result: "rebuilt", mode: "rebuild", deriver }],
      [
        tool,
        {
          result: "copied",
          mode: "copy",
          builder: "https://cache.example",
          builderKey: formatPublicKey(builder.publicKey),
        },
      ],
      [odd, { result: "failed", mode: "rebuild", reason: "its builder ended" }],
    ];
    const rows = found.map(([record, of]) => {
      const { storePath, narHash } = record;
      const [nixId, name] = [storePath.slice(11, 43), storePath.slice(44)];
      return { nixId, name, swarmId: toHex(swarmIdOf(record)), narHash, ...of } as AttestationRow;
    });
    rows.sort((a, b) => compareBytes(parseHashPart(a.nixId), parseHashPart(b.nixId)));
    const { id } = world.registry.registry;
    const about = { ...id, seq: batch.seq, digest: batchDigest(id, batch), delta: batch.delta, member };
    return formatAttestation({ ...about, system: "x86_64-linux", time: 1, rows });
  }

  const run = (...args: string[]) => world.runHere(["batch", "sign-paths", ...args, "--json"]);
  const secret = (kind: string) => ["--nix-key", world.file(`${kind}.secret`)];
  const attested = () => ["--attestation", world.file("attestation.json")];

  async function refuse(...args: string[]): Promise<string> {
    const result = await run(...args);
    expect(result.code).not.to.equal(0);
    return errorCodeOf(result);
  }
  async function ask(...args: string[]): Promise<Record<string, unknown>> {
    const { code, stdout, stderr } = await run(...args);
    expect([code, stderr]).to.deep.equal([0, ""]);
    return JSON.parse(stdout) as Record<string, unknown>;
  }

  it("wants to know how the paths were checked, and by whose keys", async () => {
    const { seq } = batch;
    expect(await refuse(String(seq), ...attested(), ...ofAlice)).to.equal("USAGE");
    expect(await refuse(String(seq), ...secret("copied"), ...ofAlice)).to.equal("USAGE");
    const key = formatPublicKey(builder.publicKey);
    expect(await refuse(String(seq), ...secret("copied"), ...attested(), "--builder-key", key)).to.equal("USAGE");
    expect(await refuse(String(seq), ...secret("copied"), ...attested())).to.equal("USAGE");
    const all = [...secret("copied"), ...attested(), ...ofAlice];
    expect(await refuse("99", ...all)).to.equal("BATCH_NOT_APPROVED");
    expect(await refuse("1", ...all)).to.equal("BATCH_NOT_APPROVED"); // a change of the council
    expect(await refuse("no-such.json", ...all)).to.equal("FILE_UNREADABLE");
    expect(await refuse(String(seq), ...secret("strange"), ...attested(), ...ofAlice)).to.equal(
      "NIX_KEY_NOT_IN_CHARTER",
    );
    expect(await refuse(String(seq), ...secret("open"), ...attested(), ...ofAlice)).to.equal("KEY_FILE_OPEN");
    const ofBob = ["--attestation", world.file("of-bob.json")];
    expect(await refuse(String(seq), ...secret("copied"), ...ofBob, ...ofAlice)).to.equal(
      "ATTESTATION_OF_ANOTHER_MEMBER",
    );
    const byAccount = ["--owned-key", world.file("alice.json"), "--owned-password-file", world.file("password")];
    expect(await refuse(String(seq), ...secret("copied"), ...attested(), ...byAccount)).to.equal("OWNED_KEY_UNKNOWN");
    const strange = formatPublicKey(generateSecretKey("cache.example-1").publicKey);
    expect(await refuse(String(seq), ...secret("copied"), "--builder-key", strange, ...ofAlice)).to.equal(
      "NO_PATH_SIGNED",
    );
  });

  it("signs ahead of the approval what a batch file says", async () => {
    const file = await world.draft("ahead-1");
    const { batch: draft } = await readBatchFile(file);
    expect(await refuse(file, ...secret("rebuilt"), ...attested(), ...ofAlice)).to.equal("NO_PATH_SIGNED");
    expect(draft.seq).to.equal(batch.seq + 1);
  });

  it("signs nothing of a batch that lost its place: its list would stand in the way of the approved one's", async () => {
    const loser = await world.draft("loser", { seq: batch.seq });
    expect(await refuse(loser, ...secret("rebuilt"), ...attested(), ...ofAlice)).to.equal("BATCH_STALE");
  });

  it("signs by the right keys, and relays pass the signatures on", async () => {
    const seq = String(batch.seq);
    const first = await ask(seq, ...secret("copied"), "--builder-key", formatPublicKey(builder.publicKey), ...ofAlice);
    expect(first).to.include({ seq: batch.seq, rebuilt: 0, copied: 1, unchecked: 2, member: alice.entry.address });
    const second = await ask(seq, ...secret("rebuilt"), ...attested(), ...ofAlice);
    expect(second).to.include({ rebuilt: 1, copied: 1, kept: 1, withoutKey: 0, unchecked: 1 });
    const again = await ask(seq, ...secret("rebuilt"), ...secret("copied"), ...attested(), ...ofAlice);
    expect(again["list"]).to.equal(second["list"]); // the same signatures are the same list
    expect(again).to.include({ kept: 0, ownedChunk: second["ownedChunk"] });

    const chain = { finality: "latest", pollSeconds: 0.05 };
    const file = await world.writeConfig("relay.json", chain, { relay: { port: 0 }, stateDir: world.file("state") });
    const serving = await startServing(await loadConfig({ file, env: {} }), silentLogger);
    try {
      const namesOf = async (record: CatRecord) => {
        const answer = await fetch(`${serving.url}/${record.storePath.slice(11, 43)}.narinfo`);
        return answer.ok ? parseNarInfo(await answer.text()).sigs.map((sig) => sig.split(":")[0]) : undefined;
      };
      while ((await namesOf(hello))?.length !== 1) await sleep(50);
      expect(await namesOf(hello)).to.deep.equal(["alice-rebuilt-1"]);
      expect(await namesOf(tool)).to.deep.equal(["alice-copied-1", "cache.example-1"]);
      expect(await namesOf(odd)).to.deep.equal([]);
      const metrics = await (await fetch(`${serving.url}/metrics`)).text();
      expect(metrics.split("\n")).to.include.members([
        'catnix_member_lists_missing{member="alice"} 0',
        'catnix_member_lists_missing{member="bob"} 1',
      ]);
      const { stdout } = await world.runHere(["doctor", "--config", file, "--json"]);
      const { checks } = JSON.parse(stdout) as { checks: { check: string; status: string; message: string }[] };
      expect(checks.find(({ check }) => check === "members")).to.include({ status: "warn" });
    } finally {
      await serving.close();
    }
  });

  it("says in lines what it signed", async () => {
    const { stdout, code } = await world.runHere([
      "batch",
      "sign-paths",
      String(batch.seq),
      ...secret("rebuilt"),
      ...attested(),
      ...ofAlice,
    ]);
    expect(code).to.equal(0);
    expect(stdout.split("\n").map((line) => line.split(/ {2,}/)[0])).to.deep.equal([
      "batch",
      "rebuilt",
      "copied",
      "kept",
      "unsigned",
      "list",
      "published",
      "",
    ]);
  });

  it("does not serve them where the configuration says so", async () => {
    const relay = { port: 0, memberSignatures: false };
    const others = { relay, stateDir: join(world.folder, "state-2") };
    const file = await world.writeConfig("plain.json", { finality: "latest", pollSeconds: 0.05 }, others);
    const serving = await startServing(await loadConfig({ file, env: {} }), silentLogger);
    try {
      const url = `${serving.url}/${hello.storePath.slice(11, 43)}.narinfo`;
      while (!(await fetch(url)).ok) await sleep(50);
      await sleep(300);
      expect(parseNarInfo(await (await fetch(url)).text()).sigs).to.deep.equal([]);
    } finally {
      await serving.close();
    }
  });
});
