import { expect } from "chai";
import { Wallet } from "ethers";
import { chmod, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  addressOfKeystore,
  createKeystore,
  openKeystore,
  readPasswordFile,
  requirePrivate,
} from "../../src/keys/keystore.js";
import { codeOf } from "../support/code-of.js";
import { makeTempFolder } from "../support/temp-folder.js";

const FAST = { fast: true };

describe("keystore", () => {
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  beforeEach(async () => {
    folder = await makeTempFolder();
  });
  afterEach(() => folder.remove());
  const at = (name: string) => join(folder.path, name);

  it("gives back the key that was put into it", async () => {
    const { address, privateKey } = await createKeystore(at("key.json"), "secret", FAST);
    const opened = await openKeystore(at("key.json"), "secret");
    expect([opened.address, opened.privateKey]).to.deep.equal([address, privateKey]);
  });

  it("says its address without its password, in a keystore that has one", async () => {
    const { address } = await createKeystore(at("key.json"), "secret", FAST);
    expect(await addressOfKeystore(at("key.json"))).to.equal(address);
    const json = JSON.parse(await readFile(at("key.json"), "utf8")) as Record<string, unknown>;
    for (const [what, said] of Object.entries({ none: undefined, short: "0x12", long: `${address}00` })) {
      await writeFile(at("other.json"), JSON.stringify({ ...json, address: said }));
      expect(await codeOf(() => addressOfKeystore(at("other.json"))), what).to.equal("KEY_INVALID");
    }
    await writeFile(at("other.json"), "{}");
    expect(await codeOf(() => addressOfKeystore(at("other.json")))).to.equal("KEY_INVALID");
    expect(await codeOf(() => addressOfKeystore(at("absent.json")))).to.equal("FILE_UNREADABLE");
  });

  it("makes another key each time, or takes one", async () => {
    const a = await createKeystore(at("a.json"), "", FAST);
    const b = await createKeystore(at("b.json"), "", FAST);
    expect(a.address).not.to.equal(b.address);
    const c = await createKeystore(at("c.json"), "", { ...FAST, privateKey: a.privateKey });
    expect(c.address).to.equal(a.address);
  });

  it("is a file of version 3 that only its owner reads, and in which the key does not stand", async () => {
    const { privateKey } = await createKeystore(at("key.json"), "secret", FAST);
    expect((await stat(at("key.json"))).mode & 0o777).to.equal(0o600);
    const text = await readFile(at("key.json"), "utf8");
    expect((JSON.parse(text) as { version: number }).version).to.equal(3);
    expect(text.toLowerCase()).not.to.contain(privateKey.slice(2));
    expect(text).not.to.contain("secret");
  });

  it("is as strong as geth's where it is not made fast", async () => {
    await createKeystore(at("key.json"), "secret");
    const { Crypto } = JSON.parse(await readFile(at("key.json"), "utf8")) as { Crypto: { kdfparams: object } };
    expect(Crypto.kdfparams).to.include({ n: 1 << 17, r: 8 });
    await openKeystore(at("key.json"), "secret");
  });

  it("is one that ethers reads, with a password in any normal form", async () => {
    const { address } = await createKeystore(at("key.json"), "pass-wörd ﬁ", FAST);
    const json = await readFile(at("key.json"), "utf8");
    expect((await Wallet.fromEncryptedJson(json, "pass-wörd fi")).address).to.equal(address);
    expect((await openKeystore(at("key.json"), "pass-wo\u0308rd ﬁ")).address).to.equal(address);
  });

  it("opens the standard's own examples, scrypt and PBKDF2", async () => {
    // ethereum.org, Web3 Secret Storage Definition: password "testpassword" and the key 7a28…5b2d.
    const crypto = {
      cipher: "aes-128-ctr",
      cipherparams: { iv: "6087dab2f9fdbbfaddc31a909735c1e6" },
      ciphertext: "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
      kdf: "pbkdf2",
      kdfparams: {
        c: 262144,
        dklen: 32,
        prf: "hmac-sha256",
        salt: "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd",
      },
      mac: "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2",
    };
    const example = { crypto, id: "3198bc9c-6672-5ab3-d995-4942343ae5b6", version: 3 };
    await writeFile(at("pbkdf2.json"), JSON.stringify(example));
    const key = "0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d";
    expect((await openKeystore(at("pbkdf2.json"), "testpassword")).privateKey).to.equal(key);
  });

  it("stays closed for a wrong password", async () => {
    await createKeystore(at("key.json"), "secret", FAST);
    for (const password of ["", "Secret", "secret ", "secret\n"])
      expect(await codeOf(() => openKeystore(at("key.json"), password))).to.equal("KEY_INVALID");
  });

  it("never takes the place of a file that exists", async () => {
    await writeFile(at("key.json"), "precious");
    expect(await codeOf(() => createKeystore(at("key.json"), "secret", FAST))).to.equal("FILE_EXISTS");
    expect(await readFile(at("key.json"), "utf8")).to.equal("precious");
  });

  it("says where it cannot be read or written", async () => {
    expect(await codeOf(() => openKeystore(at("none.json"), ""))).to.equal("FILE_UNREADABLE");
    await writeFile(at("file"), "");
    expect(await codeOf(() => createKeystore(join(at("file"), "key.json"), "", FAST))).to.equal("FILE_UNWRITABLE");
  });

  it("is refused where it is none, damaged, or asks for absurd memory", async () => {
    await createKeystore(at("key.json"), "secret", FAST);
    const json = (await readFile(at("key.json"), "utf8")).trim();
    const altered = (pattern: RegExp, replacement: string) => {
      expect(json).to.match(pattern);
      return json.replace(pattern, replacement);
    };
    const bad = [
      "",
      "null",
      "[]",
      "{}",
      "0x" + "11".repeat(32),
      json.slice(0, -1),
      altered(/"version":3/, '"version":2'),
      altered(/"ciphertext":"."?/, '"ciphertext":"z'),
      altered(/"mac":"../, '"mac":"'),
      altered(/"kdf":"scrypt"/, '"kdf":"none"'),
      altered(/"n":\d+/, '"n":1000'),
      altered(/"n":\d+/, `"n":${2 ** 30}`),
      altered(/"n":\d+/, '"n":-1'),
      altered(/"r":\d+/, '"r":"x"'),
    ];
    for (const [i, text] of bad.entries()) {
      await writeFile(at("bad.json"), text);
      expect(await codeOf(() => openKeystore(at("bad.json"), "secret")), String(i)).to.equal("KEY_INVALID");
    }
  });
});

describe("readPasswordFile", () => {
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let file: string;
  before(async () => {
    folder = await makeTempFolder();
    file = join(folder.path, "password");
  });
  after(() => folder.remove());

  it("gives the password without one line end", async () => {
    for (const [text, password] of [
      ["secret", "secret"],
      ["secret\n", "secret"],
      ["secret\r\n", "secret"],
      ["secret\n\n", "secret\n"],
      [" secret ", " secret "],
      ["\n", ""],
    ] as const) {
      await writeFile(file, text, { mode: 0o600 });
      expect(await readPasswordFile(file)).to.equal(password);
    }
  });

  it("refuses a file that others can read, write or run", async () => {
    for (const mode of [0o644, 0o640, 0o604, 0o620, 0o602, 0o610, 0o601, 0o777]) {
      await chmod(file, mode);
      expect(await codeOf(() => readPasswordFile(file))).to.equal("KEY_FILE_OPEN");
      expect(await codeOf(() => requirePrivate(file))).to.equal("KEY_FILE_OPEN");
    }
    for (const mode of [0o600, 0o400, 0o700]) {
      await chmod(file, mode);
      await requirePrivate(file);
    }
  });

  it("says where there is none", async () => {
    for (const read of [readPasswordFile, requirePrivate])
      expect(await codeOf(() => read(join(folder.path, "none")))).to.equal("FILE_UNREADABLE");
  });
});
