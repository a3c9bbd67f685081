import { expect } from "chai";
import { formatRecord, MAX_RECORD_SIZE, parseRecord } from "../../src/cat/record.js";
import { formatNarInfoFingerprint } from "../../src/nix/fingerprint.js";
import { parseNarInfo } from "../../src/nix/narinfo.js";
import { generateSecretKey } from "../../src/nix/signing-key.js";
import { verifySignature } from "../../src/nix/signature.js";
import { addSignatures, createNarInfoSigner } from "../../src/relay/sign-narinfo.js";
import { makeRecord, makeStorePath } from "../support/fill-index.js";

describe("relay/sign-narinfo", () => {
  const key = generateSecretKey("relay-1");
  const base = makeRecord("hello-1", Buffer.from("nar"));
  const references = [makeStorePath("a"), makeStorePath("b"), base.storePath].map((path) => path.slice(11)).sort();
  const sigOf = (name: string) => `${name}:${Buffer.alloc(64, name).toString("base64")}`;

  for (const sigs of [[], ["aaa-1"], ["zzz-1"], ["aaa-1", "relay-0", "relay-1", "zzz-1"]].map((names) =>
    names.map(sigOf),
  )) {
    it(`adds its line to ${sigs.length} of others, and the text stays canonical`, () => {
      const record = { ...base, references, deriver: `${makeStorePath("drv").slice(11)}.drv`, sigs };
      const text = formatRecord(record);
      const signed = addSignatures(text, record, [createNarInfoSigner(key, "/nix/store")(record)]);
      const again = parseRecord(signed);
      expect(again.sigs)
        .to.have.length(sigs.length + 1)
        .and.to.include.members(sigs);
      expect({ ...again, sigs }).to.deep.equal(record);
      const own = again.sigs.filter((sig) => !sigs.includes(sig))[0]!;
      const fingerprint = formatNarInfoFingerprint(parseNarInfo(signed));
      expect(verifySignature(own, fingerprint, [key.publicKey])).to.equal(key.publicKey);
      // Ed25519 is deterministic: once there, it is not added again.
      expect(addSignatures(signed, again, [own])).to.equal(signed);
    });
  }

  it("adds those of several, each once, in the order of their bytes", () => {
    const record = { ...base, sigs: [sigOf("mmm-1")] };
    const given = ["zzz-1", "mmm-1", "aaa-1", "zzz-1", "Zzz-1"].map(sigOf);
    const again = parseRecord(addSignatures(formatRecord(record), record, given));
    expect(again).to.deep.equal({ ...record, sigs: ["Zzz-1", "aaa-1", "mmm-1", "zzz-1"].map(sigOf) });
    expect(addSignatures(formatRecord(record), record, [])).to.equal(formatRecord(record));
  });

  it("makes nothing longer than a record may be, and keeps the first given", () => {
    const long = Array.from({ length: 9000 }, (_, at) => sigOf(`filler-${String(at).padStart(15, "0")}`));
    const record = { ...base, sigs: long.slice(0, 8800) };
    const text = formatRecord(record);
    const room = Math.floor((MAX_RECORD_SIZE - text.length) / `Sig: ${sigOf("relay-1")}\n`.length);
    const given = Array.from({ length: room + 50 }, (_, at) => sigOf(`r-${String(at).padStart(5, "0")}`));
    const signed = addSignatures(text, record, given);
    expect(signed.length).to.be.within(MAX_RECORD_SIZE - 200, MAX_RECORD_SIZE);
    const { sigs } = parseRecord(signed);
    const added = sigs.filter((sig) => sig.startsWith("r-"));
    expect(added).to.deep.equal(given.slice(0, added.length));
    expect(added.length).to.be.within(1, given.length - 1);
  });
});
