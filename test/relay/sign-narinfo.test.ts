import { expect } from "chai";
import { formatRecord, parseRecord } from "../../src/cat/record.js";
import { formatNarInfoFingerprint } from "../../src/nix/fingerprint.js";
import { parseNarInfo } from "../../src/nix/narinfo.js";
import { generateSecretKey } from "../../src/nix/signing-key.js";
import { verifySignature } from "../../src/nix/signature.js";
import { addSignature, createNarInfoSigner } from "../../src/relay/sign-narinfo.js";
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
      const signed = addSignature(text, record, createNarInfoSigner(key, "/nix/store")(record));
      const again = parseRecord(signed);
      expect(again.sigs)
        .to.have.length(sigs.length + 1)
        .and.to.include.members(sigs);
      expect({ ...again, sigs }).to.deep.equal(record);
      const own = again.sigs.filter((sig) => !sigs.includes(sig))[0]!;
      const fingerprint = formatNarInfoFingerprint(parseNarInfo(signed));
      expect(verifySignature(own, fingerprint, [key.publicKey])).to.equal(key.publicKey);
      // Ed25519 is deterministic: once there, it is not added again.
      expect(addSignature(signed, again, own)).to.equal(signed);
    });
  }
});
