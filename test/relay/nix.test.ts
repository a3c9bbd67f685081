import { expect } from "chai";
import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import { NixClient } from "../../scripts/lab/nix-client.js";
import type { CatRecord } from "../../src/cat/record.js";
import { formatRecordFingerprint } from "../../src/cat/record-fingerprint.js";
import { writeNar } from "../../src/nix/nar-write.js";
import { formatNixSha256 } from "../../src/nix/nix-hash.js";
import { signFingerprint } from "../../src/nix/signature.js";
import { formatPublicKey, generateSecretKey } from "../../src/nix/signing-key.js";
import { createNarInfoSigner } from "../../src/relay/sign-narinfo.js";
import { collect } from "../support/collect.js";
import { commitBatch, commitWithdrawal, makeRecord, swarmIdOf } from "../support/fill-index.js";
import { followed, makeKeyedMember } from "../support/member-keys.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { skipTest } from "../support/skip-test.js";
import { startRelay, type TestRelay } from "../support/start-relay.js";
import { makeTempFolder } from "../support/temp-folder.js";

const sha256 = (bytes: Uint8Array) => formatNixSha256(createHash("sha256").update(bytes).digest());

/** A stock Nix of this machine; skipped without one, but never under `CI=true`. */
describe("relay, with a real Nix", function () {
  this.timeout(60_000);
  const key = generateSecretKey("relay-1");
  const trustedKeys = [formatPublicKey(key.publicKey)];
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let builder: NixClient;
  let reader: NixClient;
  let relay: TestRelay;
  let plain: CatRecord;
  let compressed: CatRecord;

  before(async function () {
    folder = await makeTempFolder();
    builder = await NixClient.open(join(folder.path, "builder"));
    const { code } = await builder.run("nix-store", ["--version"]);
    if (code !== 0) skipTest(this, "no Nix on the PATH (Debian: apt-get install nix-bin)");
  });
  beforeEach(async () => {
    relay = await startRelay({ signer: createNarInfoSigner(key, "/nix/store") });
    reader = await NixClient.open(join(folder.path, "reader"));
    [plain, compressed] = [await publish("plain", false), await publish("compressed", true)];
    await commitBatch(relay.writer, plain, compressed);
  });
  afterEach(async () => {
    await relay.close();
    await reader.remove();
  });
  after(async () => {
    await builder.remove();
    await folder.remove();
  });

  /** Adds a folder to the builder's store and uploads its NAR. Without its CA, the path needs a signature. */
  async function publish(name: string, zstd: boolean): Promise<CatRecord> {
    const source = join(folder.path, name);
    await mkdir(join(source, "bin"), { recursive: true });
    await writeFile(join(source, "bin/run"), `#!/bin/sh\necho ${name}\n`, { mode: 0o755 });
    await writeFile(join(source, "data"), pseudoRandomBytes(400_000, name.length));
    const { stdout } = await builder.run("nix-store", ["--add", source], { check: true });
    const storePath = stdout.trim();
    const nar = await collect(writeNar(join(builder.root, storePath)));
    const file = zstd ? zstdCompressSync(nar) : nar;
    await relay.uploads.write(file);
    return makeRecord(name, file, {
      ...{ storePath, compression: zstd ? "zstd" : "none", fileHash: sha256(file), fileSize: file.length },
      ...{ narHash: sha256(nar), narSize: nar.length },
    });
  }

  it("is a cache whose narinfo carry this relay's signature", async () => {
    const paths = [plain.storePath, compressed.storePath];
    const [shown, built] = [await reader.pathInfo(paths, relay.url), await builder.pathInfo(paths)];
    const factsOf = (infos: typeof shown) => infos.map(({ path, narHash, narSize }) => [path, narHash, narSize]).sort();
    expect(factsOf(shown)).to.deep.equal(factsOf(built));
    for (const { signatures } of shown) expect(signatures.map((sig) => sig.split(":")[0])).to.deep.equal(["relay-1"]);
  });

  it("substitutes what the relay signed, for whoever trusts its key and for nobody else", async () => {
    const paths = [plain.storePath, compressed.storePath];
    expect((await reader.realise(paths, { substituters: [relay.url] })).code).not.to.equal(0);
    await reader.clearCache();
    const result = await reader.realise(paths, { substituters: [relay.url], trustedKeys });
    expect(result.code, result.stderr).to.equal(0);
    expect(await reader.narHashes(paths)).to.deep.equal(await builder.narHashes(paths));
    expect((await reader.verify()).code).to.equal(0);
  });

  it("lets whoever trusts one member's key take what that member rebuilt, and not what it only copied", async () => {
    const alice = makeKeyedMember("alice", 1);
    const { signatures } = relay.writer;
    signatures.setMembers("ab".repeat(32), [followed(alice)]);
    for (const [record, how] of [
      [plain, "rebuilt"],
      [compressed, "copied"],
    ] as const) {
      const text = signFingerprint(formatRecordFingerprint(record, "/nix/store"), alice.nixKeys[how]);
      const signature = new Uint8Array(Buffer.from(text.slice(text.indexOf(":") + 1), "base64"));
      signatures.save([{ swarmId: swarmIdOf(record), key: alice.entry.nixKeys[how]!, signature }]);
    }
    const trusting = (...kinds: ("rebuilt" | "copied")[]) => ({
      substituters: [relay.url],
      trustedKeys: kinds.map((kind) => alice.entry.nixKeys[kind]!),
    });
    expect((await reader.realise([compressed.storePath], trusting("rebuilt"))).code).not.to.equal(0);
    expect(await reader.isValid(compressed.storePath)).to.equal(false);
    const rebuilt = await reader.realise([plain.storePath], trusting("rebuilt"));
    expect(rebuilt.code, rebuilt.stderr).to.equal(0);
    const both = await reader.realise([compressed.storePath], trusting("rebuilt", "copied"));
    expect(both.code, both.stderr).to.equal(0);
    const [info] = await reader.pathInfo([plain.storePath]);
    expect(info!.signatures.map((sig) => sig.split(":")[0]).sort()).to.deep.equal(["alice-rebuilt-1", "relay-1"]);
  });

  it("goes on where a connection broke", async () => {
    let broken = 0;
    relay.proxy.rule = ({ url }) =>
      url!.startsWith("/bytes/") && broken++ === 0 ? { kind: "reset", after: 150_000 } : undefined;
    const result = await reader.realise([plain.storePath], { substituters: [relay.url], trustedKeys });
    expect(result.code, result.stderr).to.equal(0);
    expect(broken).to.equal(1); // the rest came by range, chunk by chunk
    expect(relay.proxy.requests.some((request) => request.includes("/chunks/"))).to.equal(true);
  });

  it("gives nothing that was withdrawn, even to a client that still has the narinfo", async () => {
    const from = { substituters: [relay.url], trustedKeys };
    await reader.pathInfo([plain.storePath], relay.url);
    commitWithdrawal(relay.writer, { seq: 1 });
    const result = await reader.realise([plain.storePath], from);
    expect(result.code).not.to.equal(0);
    expect(await reader.isValid(plain.storePath)).to.equal(false);
  });

  it("registers nothing from a Swarm that lies", async () => {
    relay.proxy.rule = ({ url }) => (url!.startsWith("/bytes/") ? { kind: "flip", at: 100_000 } : undefined);
    const result = await reader.realise([plain.storePath], { substituters: [relay.url], trustedKeys });
    expect(result.code).not.to.equal(0);
    expect(await reader.isValid(plain.storePath)).to.equal(false);
  });
});
