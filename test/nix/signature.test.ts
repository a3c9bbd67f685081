import { inspect } from "node:util";
import { expect } from "chai";
import fc from "fast-check";
import { formatFingerprint, formatNarInfoFingerprint } from "../../src/nix/fingerprint.js";
import { parseNarInfo } from "../../src/nix/narinfo.js";
import { isSignature, signFingerprint, verifySignature } from "../../src/nix/signature.js";
import {
  formatPublicKey,
  formatSecretKey,
  generateSecretKey,
  parsePublicKey,
  parseSecretKey,
} from "../../src/nix/signing-key.js";
import { codeOf } from "../support/code-of.js";
import { readNixVector } from "../support/nix-vector.js";

const secretText = readNixVector("key.sec");
const publicText = readNixVector("key.pub");

describe("Nix signatures", () => {
  for (const name of ["alone", "greeting", "linked-1.0"]) {
    it(`of Nix itself (${name}) hold, and are the ones made here`, () => {
      const info = parseNarInfo(readNixVector(`${name}.narinfo`));
      const fingerprint = formatNarInfoFingerprint(info);
      const key = parsePublicKey(publicText);
      expect(verifySignature(info.sigs[0]!, fingerprint, [key])).to.equal(key);
      expect(signFingerprint(fingerprint, parseSecretKey(secretText))).to.equal(info.sigs[0]);
    });
  }

  it("speak of a fingerprint with the references sorted and once each", () => {
    const [a, b] = ["0", "1"].map((digit) => `/nix/store/${digit}${"a".repeat(31)}-x`) as [string, string];
    const info = { storePath: b, narHash: new Uint8Array(32), narSize: 7, references: [b, a, b] };
    expect(formatFingerprint(info)).to.equal(`1;${b};sha256:${"0".repeat(52)};7;${a},${b}`);
    expect(formatFingerprint({ ...info, references: [] })).to.equal(`1;${b};sha256:${"0".repeat(52)};7;`);
  });

  it("hold for the key of that name only, and for that text only", () => {
    const key = generateSecretKey("test-1");
    const other = generateSecretKey("test-1");
    const renamed = parsePublicKey(formatPublicKey(key.publicKey).replace("test-1", "test-2"));
    const signature = signFingerprint("1;text", key);
    expect(verifySignature(signature, "1;text", [other.publicKey, key.publicKey])).to.equal(key.publicKey);
    expect(verifySignature(signature, "1;texu", [key.publicKey])).to.be.undefined;
    expect(verifySignature(signature, "1;text", [other.publicKey, renamed])).to.be.undefined;
    expect(verifySignature(signature, "1;text", [])).to.be.undefined;
  });

  it("that are malformed hold for nobody, whatever they are", () => {
    const { publicKey } = generateSecretKey("k");
    const zeros = parsePublicKey(`k:${Buffer.alloc(32).toString("base64")}`);
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.base64String(), fc.uint8Array({ minLength: 64, maxLength: 64 })),
        (value) => {
          const text = typeof value === "string" ? value : Buffer.from(value).toString("base64");
          expect(verifySignature(`k:${text}`, "x", [publicKey, zeros])).to.be.undefined;
          expect(verifySignature(text, "x", [publicKey, zeros])).to.be.undefined;
        },
      ),
    );
  });

  it("have one form", () => {
    const signature = signFingerprint("", generateSecretKey("k"));
    expect(isSignature(signature)).to.be.true;
    for (const text of ["", ":", "k:", signature.slice(2), `${signature} `, ` ${signature}`, signature.slice(0, -4)]) {
      expect(isSignature(text), text).to.be.false;
    }
  });
});

describe("Nix keys", () => {
  it("of Nix itself are read and printed again", () => {
    expect(formatPublicKey(parsePublicKey(publicText))).to.equal(publicText);
    expect(formatSecretKey(parseSecretKey(`${secretText}\n`))).to.equal(secretText);
    expect(formatPublicKey(parseSecretKey(secretText).publicKey)).to.equal(publicText);
  });

  it("made here are read again", () => {
    const key = generateSecretKey("cache.example.org-1");
    const again = parseSecretKey(formatSecretKey(key));
    expect(formatSecretKey(again)).to.equal(formatSecretKey(key));
    expect(verifySignature(signFingerprint("x", again), "x", [key.publicKey])).to.equal(key.publicKey);
  });

  it("do not show their secret in logs", () => {
    const key = parseSecretKey(secretText);
    const seed = secretText.split(":")[1]!.slice(0, 20);
    expect(JSON.stringify(key) + inspect(key, { depth: 9, showHidden: true })).not.to.include(seed);
  });

  const half = Buffer.alloc(32).toString("base64");
  const refused: Record<string, [parse: (text: string) => unknown, text: string]> = {
    "an empty public key": [parsePublicKey, ""],
    "a public key without a name": [parsePublicKey, `:${half}`],
    "a public key that is too short": [parsePublicKey, "k:AAAA"],
    "a public key in base64 that is not canonical": [parsePublicKey, `k:${half.replace(/A=$/, "B=")}`],
    "a secret key in place of a public one": [parsePublicKey, secretText],
    "a name with a space": [parsePublicKey, `a b:${half}`],
    "a public key in place of a secret one": [parseSecretKey, publicText],
    "a secret key of two halves that do not match": [parseSecretKey, `k:${Buffer.alloc(64).toString("base64")}`],
    "an empty name for a new key": [generateSecretKey, ""],
    "a name with a colon for a new key": [generateSecretKey, "a:b"],
    "a name with a newline for a new key": [generateSecretKey, "a\nb"],
  };
  for (const [name, [parse, text]] of Object.entries(refused)) {
    it(`are not ${name}`, async () => {
      expect(await codeOf(() => parse(text))).to.equal("NIX_KEY_INVALID");
    });
  }
});
