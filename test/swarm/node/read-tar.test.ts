import { execFileSync } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import fc from "fast-check";
import { isCatnixError } from "../../../src/errors/catnix-error.js";
import { readTar } from "../../../src/swarm/node/read-tar.js";
import { codeOf } from "../../support/code-of.js";
import { collect } from "../../support/collect.js";
import { makeTar, type TarEntry } from "../../support/make-tar.js";
import { pseudoRandomBytes } from "../../support/pseudo-random-bytes.js";
import { makeTempFolder } from "../../support/temp-folder.js";

/** All files of an archive that comes in pieces of so many bytes. */
async function readAll(archive: Uint8Array, piece = 700): Promise<[path: string, content: string][]> {
  const pieces = Array.from({ length: Math.ceil(archive.length / piece) }, (_, at) =>
    archive.subarray(at * piece, (at + 1) * piece),
  );
  const files: [string, string][] = [];
  for await (const { path, body } of readTar(ReadableStream.from(pieces)))
    files.push([path, Buffer.from(await collect(body)).toString("latin1")]);
  return files;
}

describe("readTar", () => {
  it("gives paths and contents, in whatever pieces they come", async () => {
    const entry = fc.record({
      path: fc.stringMatching(/^[a-z]{1,20}(\/[a-z.]{1,20}[a-z]){0,3}$/),
      content: fc.uint8Array({ maxLength: 2000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 5 }), fc.integer({ min: 1, max: 3000 }), async (entries, piece) => {
        const expected = entries.map(({ path, content }) => [path, Buffer.from(content).toString("latin1")]);
        expect(await readAll(makeTar(entries), piece)).to.deep.equal(expected);
      }),
      { numRuns: 60 },
    );
  });

  it("reads what tar writes", async () => {
    const folder = await makeTempFolder();
    try {
      await mkdir(join(folder.path, "site", "deep"), { recursive: true });
      await writeFile(join(folder.path, "site", "index.html"), "home");
      await writeFile(join(folder.path, "site", "deep", "large"), pseudoRandomBytes(70_000, 1));
      for (const format of ["ustar", "gnu", "v7"]) {
        const args = ["-C", join(folder.path, "site"), "--sort=name", `--format=${format}`, "-cf", "-", "."];
        const archive = execFileSync("tar", args);
        if (format === "v7") expect(await codeOf(() => readAll(archive))).to.equal("SITE_UPLOAD_INVALID");
        else
          expect(await readAll(archive, 10_000)).to.deep.equal([
            ["deep/large", Buffer.from(pseudoRandomBytes(70_000, 1)).toString("latin1")],
            ["index.html", "home"],
          ]);
      }
    } finally {
      await folder.remove();
    }
  });

  it("passes over folders and links, and what nobody read of a file", async () => {
    const archive = makeTar([
      { path: "./", type: "5" },
      { path: "a", content: "x".repeat(3000) },
      { path: "link", type: "2" },
      { path: "old", content: "of before ustar", type: "\0" },
      { path: "last", content: "z", prefix: "dir" },
    ]);
    const paths: string[] = [];
    for await (const { path } of readTar([archive])) paths.push(path);
    expect(paths).to.deep.equal(["a", "old", "dir/last"]);
  });

  const entry = { path: "a", content: "some content" };
  const good = makeTar([entry]);
  const altered = (at: number, text: string) => makeTar([entry], (header) => header.write(text, at));
  for (const [what, archive] of [
    ["no archive", pseudoRandomBytes(2048, 1)],
    ["one that breaks off in a header", good.subarray(0, 300)],
    ["one that breaks off in a file", good.subarray(0, 515)],
    ["one that breaks off in its padding", good.subarray(0, 700)],
    ["one without its end", good.subarray(0, 1024)],
    ["nothing", new Uint8Array(0)],
    ["a wrong sum", Buffer.from(good).fill(0x62, 0, 1)],
    ["no mark of ustar", altered(257, "other")],
    ["a size that is no number", altered(124, "0000000001x")],
    ["a size in binary", altered(124, "\xff\xff\xff\xff")],
    ["a negative size", altered(124, "-0000000001")],
    ["an extended header of pax", makeTar([{ path: "a", type: "x", content: "9 path=b\n" }])],
    ["a global header of pax", makeTar([{ path: "a", type: "g" }])],
    ["a long name of GNU's", makeTar([{ path: "a", type: "L", content: "b" }])],
    ["a name that climbs", makeTar([{ path: "../a" }])],
    ["a name that climbs later", makeTar([{ path: "a/../../b" }])],
    ["an absolute name", makeTar([{ path: "/etc/passwd" }])],
    ["a name that is no UTF-8", makeTar([entry], (header) => header.set([0xff, 0xfe], 0))],
  ] as [string, Uint8Array][])
    it(`refuses ${what}: SITE_UPLOAD_INVALID`, async () => {
      expect(await codeOf(() => readAll(archive))).to.equal("SITE_UPLOAD_INVALID");
    });

  it("reads or refuses, whatever was changed", async () => {
    const files: TarEntry[] = [entry, { path: "b/c", content: "x".repeat(600) }];
    const archive = makeTar(files);
    const change = fc.tuple(fc.nat(archive.length - 1), fc.nat(255));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 4 }), fc.nat(archive.length), async (changes, length) => {
        const bytes = Buffer.from(archive.subarray(0, length));
        for (const [at, value] of changes) if (at < length) bytes[at] = value;
        try {
          await readAll(bytes);
        } catch (error) {
          expect(isCatnixError(error, "SITE_UPLOAD_INVALID")).to.equal(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});
