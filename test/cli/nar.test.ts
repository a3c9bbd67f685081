import { expect } from "chai";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { fileAddress } from "../../src/bmt/file-hasher.js";
import { toHex } from "../../src/encoding/hex.js";
import { equalBytes } from "../../src/encoding/bytes.js";
import { encodeSeekTable } from "../../src/nar-file/seek-table.js";
import { hashPart, sampleNar } from "../nar-file/support/sample-nar.js";
import { encodeNar } from "../support/nar-tree.js";
import { setUpRealNix, type RealNix } from "../support/real-nix.js";
import { makeTempFolder } from "../support/temp-folder.js";
import { askCli } from "./support/ask-cli.js";
import { cliCommand } from "./support/run-cli.js";

const references = [1, 2, 3].map(hashPart);
const narOf = (contents: Uint8Array) =>
  encodeNar({ type: "regular", executable: false, contents: Buffer.from(contents) });

interface Printed {
  readonly narSize: number;
  readonly fileSize: number;
  readonly address: string;
  readonly pieces: number;
  readonly regions: number;
  readonly unmasked: number;
  readonly hasSeekTable: boolean;
  readonly isAligned: boolean;
  readonly frames: { kind: string; offset: number; size: number }[];
}

describe("catnix nar", function () {
  this.timeout(60_000);
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  const file = (name: string) => join(folder.path, name);
  const nar = narOf(sampleNar({ size: 5_000_000, seed: 1, references, regions: 40, buildSeed: 1 }));

  before(async () => {
    folder = await makeTempFolder();
    writeFileSync(file("some.nar"), nar);
  });
  after(() => folder.remove());

  const ask = async (...args: string[]) => {
    const { stdout, code } = await askCli("nar", ...args, "--json");
    expect(code).to.equal(undefined);
    return JSON.parse(stdout) as Printed;
  };
  const codeOf = async (...args: string[]) => (await askCli("nar", ...args, "--json")).code;

  it("encodes a file, decodes it, and shows what is in it", async () => {
    const out = file("some.nar.zst");
    const encoded = await ask("encode", file("some.nar"), "--out", out, "--references", ...references);
    const bytes = readFileSync(out);
    expect(encoded).to.include({ narSize: nar.length, fileSize: bytes.length, regions: 40, unmasked: 0 });
    expect(encoded.address).to.equal(toHex(fileAddress(bytes)));
    await ask("decode", out, "--out", file("again.nar"));
    expect(equalBytes(readFileSync(file("again.nar")), nar)).to.equal(true);
    const shown = await ask("inspect", out);
    expect(shown).to.include({ narSize: nar.length, address: encoded.address, pieces: encoded.pieces });
    expect(shown).to.include({ hasSeekTable: true, isAligned: true });
    expect(shown.frames.at(-1)!.kind).to.equal("seek table");
    expect(shown.frames.reduce((sum, { size }) => sum + size, 0)).to.equal(bytes.length);
    const { stdout } = await askCli("nar", "inspect", out);
    expect(stdout.split("\n").filter((line) => / piece /.test(line))).to.have.length(encoded.pieces);
  });

  it("works in pipes, with any encoder's files, and ends quietly where its reader leaves", () => {
    const run = (input: Uint8Array, ...args: string[]) => {
      const [program, words] = cliCommand(["nar", ...args, "--quiet"]);
      return execFileSync(program, words, { input, maxBuffer: 1 << 24 });
    };
    const encoded = run(nar, "encode", "--references", references[0]!, `/nix/store/${references[1]!}-name`);
    expect(equalBytes(run(encoded, "decode"), nar)).to.equal(true);
    expect(equalBytes(run(zstdCompressSync(nar), "decode", "-"), nar)).to.equal(true);
    writeFileSync(file("piped.zst"), encoded);
    const [program, words] = cliCommand(["nar", "decode", file("piped.zst")]);
    const { status, stdout, stderr } = spawnSync(
      "sh",
      ["-c", '{ "$@"; echo $? >&3; } 3>&2 2>/dev/null | head -c 16 | wc -c', "sh", program, ...words],
      { encoding: "utf8" },
    );
    expect([status, stdout.trim(), stderr.trim()]).to.deep.equal([0, "16", "0"]);
  });

  it("leaves nothing behind where it fails or is interrupted", async () => {
    writeFileSync(file("text"), "no NAR");
    expect(await codeOf("encode", file("text"), "--out", file("a"))).to.equal("NAR_TRUNCATED");
    expect(await codeOf("decode", file("some.nar"), "--out", file("b"))).to.equal("NAR_FILE_MALFORMED");
    const [program, words] = cliCommand(["nar", "encode", "--out", file("c")]);
    const child = spawn(program, words, { stdio: ["pipe", "ignore", "ignore"] });
    child.stdin.on("error", () => undefined).write(nar); // it leaves before all is read
    while (!readdirSync(folder.path).some((name) => name.startsWith(".catnix-partial-")))
      await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGINT");
    const [code] = (await once(child, "exit")) as [number];
    expect(code).to.equal(130);
    expect(readdirSync(folder.path).filter((name) => /^([abc]|\..*)$/.test(name))).to.deep.equal([]);
  });

  it("refuses what it cannot read or write, each with its code", async () => {
    const small = zstdCompressSync(narOf(Buffer.from("small")));
    const lie = encodeSeekTable([{ size: small.length, contentSize: 1 }]);
    writeFileSync(file("lie.zst"), Buffer.concat([small, lie]));
    expect(await codeOf("inspect", file("lie.zst"))).to.equal("NAR_SEEK_TABLE_INVALID");
    expect(await codeOf("decode", file("lie.zst"), "--out", file("x"))).to.equal("NAR_SEEK_TABLE_INVALID");
    expect(await codeOf("inspect", file("nothing"))).to.equal("FILE_UNREADABLE");
    expect(await codeOf("encode", file("nothing"), "--out", file("x"))).to.be.oneOf([
      "STORE_PATH_NOT_FOUND",
      "NIX_DB_UNREADABLE",
    ]);
    expect(await codeOf("decode", file("some.nar"), "--out", file("some.nar"))).to.equal("FILE_EXISTS");
    expect(await codeOf("encode", file("some.nar"), "--out", file("x"), "--references", "no-hash")).to.equal(
      "STORE_PATH_INVALID",
    );
    expect(await codeOf("encode", file("some.nar"))).to.equal("NAR_OUTPUT_MISSING");
    expect(await codeOf("decode", file("lie.zst"))).to.equal("NAR_OUTPUT_MISSING");
  });

  describe("of a store path", () => {
    let nix: RealNix;
    before(function () {
      nix = setUpRealNix(this, folder.path);
    });

    it("takes the references from Nix's database, and gives what nix-store --dump gives", async () => {
      writeFileSync(file("lib"), "a library\n");
      const lib = nix.run("nix-store", "--add", file("lib")).toString().trim();
      const expression = `builtins.toFile "app" "uses \${builtins.storePath ${lib}} twice: \${builtins.storePath ${lib}}"`;
      const path = nix
        .run("nix-instantiate", "--eval", "--read-write-mode", "--json", "-E", expression)
        .toString()
        .trim()
        .slice(1, -1);
      const encoded = await ask("encode", path, "--store", nix.root, "--out", file("app.zst"));
      expect(encoded.regions).to.equal(2);
      const dump = nix.run("nix-store", "--dump", join(nix.root, path));
      expect(equalBytes(zstdDecompressSync(readFileSync(file("app.zst"))), dump)).to.equal(true);
      expect(
        await codeOf("encode", `/nix/store/${hashPart(9)}-none`, "--store", nix.root, "--out", file("y")),
      ).to.equal("STORE_PATH_NOT_VALID");
    });
  });
});
