import { expect } from "chai";
import { encryptKeystoreJsonSync, HDNodeWallet } from "ethers";
import { generateKeyPairSync, sign } from "node:crypto";
import { formatPublicKey, formatSecretKey, generateSecretKey } from "../../../src/nix/signing-key.js";
import { makeFileRules } from "../../../src/publisher/policy/file-rules.js";
import { SECRET_RULES } from "../../../src/publisher/policy/secret-rules.js";
import { pseudoRandomBytes } from "../../support/pseudo-random-bytes.js";

const rules = makeFileRules([]);
const judge = (content: string | Uint8Array) => rules.judgeContent(Buffer.from(content));

const base64 = (bytes: number) => Buffer.from(pseudoRandomBytes(bytes, 5)).toString("base64");
const lines = (text: string) => text.replace(/.{64}/g, "$&\n");
const armoured = (label: string, head = "") =>
  `-----BEGIN ${label}-----\n${head}${lines(base64(200))}\n-----END ${label}-----\n`;
const rsa = generateKeyPairSync("rsa", { modulusLength: 1024 });
const curve = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const nixKey = generateSecretKey("cache.example.org-1");
const { address, privateKey } = HDNodeWallet.fromPhrase(`${"test ".repeat(11)}junk`);
const account = { address, privateKey };
const pkcs8 = rsa.privateKey.export({ type: "pkcs8", format: "pem" }).toString();

/** Keys that Node, ethers and catnix make; where it takes another program, the shape that its documentation has. */
const secrets: [rule: string, what: string, content: () => string][] = [
  ["private-key", "PKCS #1", () => rsa.privateKey.export({ type: "pkcs1", format: "pem" }).toString()],
  ["private-key", "PKCS #8", () => pkcs8],
  [
    "private-key",
    "PKCS #8 under a password",
    () => {
      const under = { type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" } as const;
      return rsa.privateKey.export(under).toString();
    },
  ],
  ["private-key", "SEC 1", () => curve.privateKey.export({ type: "sec1", format: "pem" }).toString()],
  ["private-key", "OpenSSL's old encryption", () => armoured("RSA PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\n")],
  ["private-key", "OpenSSH", () => armoured("OPENSSH PRIVATE KEY")],
  ["private-key", "OpenPGP", () => armoured("PGP PRIVATE KEY BLOCK", "\n")],
  ["private-key", "OpenPGP with a header", () => armoured("PGP PRIVATE KEY BLOCK", "Version: GnuPG v2\n\n")],
  ["private-key", "lines that end as on Windows", () => pkcs8.replaceAll("\n", "\r\n")],
  ["private-key", "a certificate before it", () => armoured("CERTIFICATE") + pkcs8],
  ["private-key", "a service account's JSON", () => JSON.stringify({ private_key: pkcs8 })],
  ["private-key", "JSON in JSON", () => JSON.stringify(JSON.stringify({ private_key: pkcs8 }))],
  ["private-key", "strings of C", () => pkcs8.replaceAll(/^(.*)$\n/gm, '"$1\\n"\n')],
  ["private-key", "strings of a macro of C", () => pkcs8.replaceAll(/^(.*)$\n/gm, '"$1\\r\\n" \\\n')],
  ["private-key", "strings of Java", () => pkcs8.replaceAll(/^(.*)$\n/gm, '    "$1" +\n')],
  ["private-key", "indented in YAML", () => `key: |\n${pkcs8.replaceAll(/^/gm, "    ")}`],
  [
    "age-key",
    "age-keygen",
    () => `# public key: age1…\nAGE-SECRET-KEY-1${"QPZRY9X8GF2TVDW0S3JN".repeat(3).slice(2)}\n`,
  ],
  ["minisign-key", "minisign", () => `untrusted comment: minisign encrypted secret key\nRWRTY0Iy${base64(150)}\n`],
  ["minisign-key", "signify", () => `untrusted comment: my secret key\nRWRCSwAAAA${base64(96)}\n`],
  ["nix-key", "catnix key", () => `${formatSecretKey(nixKey)}\n`],
  ["wireguard-key", "wg-quick", () => `[Interface]\nAddress = 10.0.0.1/24\nPrivateKey = ${base64(32)}\n`],
  ["ethereum-keystore", "ethers", () => encryptKeystoreJsonSync(account, "x", { scrypt: { N: 2, r: 1, p: 1 } })],
  ["nixos-password", "users-groups.json", () => JSON.stringify({ users: [{ hashedPassword: "$6$salt$0123456789" }] })],
  ["aws-key", "credentials", () => `[default]\naws_secret_access_key = ${base64(30)}\n`],
];

/** What packages really have and anybody may see. */
const innocent: [what: string, content: () => string | Uint8Array][] = [
  ["nothing", () => ""],
  ["a bundle of certificates", () => armoured("CERTIFICATE").repeat(20)],
  ["a public key", () => rsa.publicKey.export({ type: "spki", format: "pem" }).toString()],
  ["an OpenPGP public key", () => armoured("PGP PUBLIC KEY BLOCK", "\n")],
  ["a program that knows the words", () => `\0-----BEGIN RSA PRIVATE KEY-----\0-----END RSA PRIVATE KEY-----\0`],
  ["source code that looks for them", () => `if (line == "-----BEGIN PRIVATE KEY-----\\n") return true;`],
  ["what a pattern could be long about", () => `-----BEGIN PRIVATE KEY-----${'\\\\n"'.repeat(15_000)}`],
  [
    "source code that makes them",
    () => `'-----BEGIN PRIVATE KEY-----\\n' + someVariableWithAVeryLongName.toString('base64')`,
  ],
  ["a manual that mentions them", () => "A key begins with\n-----BEGIN PRIVATE KEY-----\nand then has its lines.\n"],
  ["a public key of Nix", () => formatPublicKey(nixKey.publicKey)],
  ["a signature of Nix", () => `x:${sign(null, Buffer.from("text"), nixKey.privateKey).toString("base64")}\n`],
  ["a manual of age", () => "A secret key looks like AGE-SECRET-KEY-1..., see below"],
  ["a public key of minisign", () => `untrusted comment: minisign public key 12\nRWQ${base64(39)}\n`],
  ["a manual of WireGuard", () => "[Interface]\nPrivateKey = <your private key>\nPublicKey = ..."],
  ["a schema of keystores", () => `{ "ciphertext": "string", "kdf": "string", "version": "number" }`],
  ["users without a password", () => JSON.stringify({ users: [{ hashedPassword: null }, { hashedPassword: "!" }] })],
  ["a template of AWS", () => "aws_secret_access_key = YOUR_SECRET\n"],
  ["random bytes", () => pseudoRandomBytes(65_536, 9)],
];

const named: Record<string, string[]> = {
  "private-key-file": ["a/id_rsa", "a/.ssh/id_ed25519", "id_ecdsa", "a/etc/ssh/ssh_host_rsa_key", "a/b.p12", "c.pfx"],
  credentials: ["a/.netrc", "a/netrc", "_netrc", "a/.git-credentials", "a/root/.aws/credentials", "a/.kube/config"],
  dotenv: ["a/.env", ".env", "a/app/.env.local", "a/.env.production", "a/.env.test.local"],
};
const publicNames = [
  ...[
    "a/id_rsa.pub",
    "a/etc/ssl/certs/ca-bundle.crt",
    "a/x.pem",
    "a/ssh_host_rsa_key.pub",
    "a/netrc.h",
    "a/netrc.5.gz",
  ],
  ...["a/.env.example", "a/.env.sample", "a/env", "a/config.json", "a/credentials", "a/aws/credentials.py", "a/x.key"],
];

describe("built-in rules", () => {
  for (const [rule, what, content] of secrets)
    it(`${rule}: ${what}`, () => expect(judge(content())).to.deep.equal([rule]));

  for (const [what, content] of innocent)
    it(`nothing against ${what}`, () => expect(judge(content())).to.deep.equal([]));

  for (const [rule, files] of Object.entries(named))
    it(`${rule}: files by name`, () => {
      for (const file of files) expect(rules.judgeName(file, 1), file).to.deep.equal([rule]);
      for (const file of files) expect(rules.judgeName(file, 0), `${file}, empty`).to.deep.equal([]);
    });

  it("nothing against names that only look similar", () =>
    expect(publicNames.flatMap((file) => rules.judgeName(file, 1))).to.deep.equal([]));

  it("have a test each, a name of their own, and say what they are for", () => {
    const names = SECRET_RULES.map(({ name }) => name);
    expect([...new Set([...secrets.map(([rule]) => rule), ...Object.keys(named)])]).to.have.members(names);
    expect(new Set(names).size).to.equal(names.length);
    for (const { what, files, content } of SECRET_RULES) {
      expect(what).not.to.equal("");
      expect(files ?? content).not.to.equal(undefined);
    }
  });
});

describe("publish.deny.files", () => {
  it("is held against every file, an empty one as well, besides the built-in rules", () => {
    const own = makeFileRules(["**/id_rsa", "app-*/conf/**"]);
    expect(own.judgeName("x/id_rsa", 1)).to.deep.equal(["publish.deny.files", "private-key-file"]);
    expect(own.judgeName("app-1/conf/a", 0)).to.deep.equal(["publish.deny.files"]);
    expect(own.id).not.to.equal(rules.id);
    expect(own.id).to.equal(makeFileRules(["**/id_rsa", "app-*/conf/**"]).id);
  });
});
