import { expect } from "chai";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { keepNars } from "../../src/attest/keep-nars.js";
import { CatnixError } from "../../src/errors/catnix-error.js";
import { narOf } from "../consortium/support/consortium.js";
import { codeOf } from "../support/code-of.js";
import { makeTempFolder } from "../support/temp-folder.js";

describe("attest/keep-nars", () => {
  let temporary: Awaited<ReturnType<typeof makeTempFolder>>;
  let folder: string;
  beforeEach(async () => {
    temporary = await makeTempFolder();
    folder = join(temporary.path, "differs", "x");
  });
  afterEach(() => temporary.remove());

  const { signal } = new AbortController();
  async function* yieldAll(bytes: Uint8Array) {
    await Promise.resolve();
    yield bytes;
  }
  const keep = (published: () => AsyncIterable<Uint8Array>, found: () => AsyncIterable<Uint8Array>, stop = signal) =>
    keepNars(folder, { published, found, other: "rebuilt" }, stop);

  it("keeps both whole, says what differs first, and replaces what was there", async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "old"), "");
    const [one, other] = [narOf("one"), narOf("two, longer")];
    const said = await keep(
      () => yieldAll(one),
      () => yieldAll(other),
    );
    expect(said).to.include("byte 0");
    expect(await readdir(folder)).to.have.members(["published.nar", "rebuilt.nar", "differences.json"]);
    expect((await readFile(join(folder, "rebuilt.nar"))).equals(other)).to.equal(true);
    expect(
      await keep(
        () => yieldAll(one),
        () => yieldAll(one),
      ),
    ).to.equal(undefined);
  });

  it("is made by two at once", async () => {
    const both = [narOf("one"), narOf("two, longer")] as const;
    const said = await Promise.all(
      [1, 2, 3].map(() =>
        keep(
          () => yieldAll(both[0]),
          () => yieldAll(both[1]),
        ),
      ),
    );
    for (const first of said) expect(first).to.include("byte 0");
    expect(await readdir(folder)).to.have.members(["published.nar", "rebuilt.nar", "differences.json"]);
    expect(await readdir(join(temporary.path, "differs"))).to.deep.equal(["x"]);
  });

  it("keeps nothing where one cannot be read, or is called off", async () => {
    const broken = async function* () {
      yield* yieldAll(narOf("x").subarray(0, 50));
      throw new CatnixError("SWARM_NOT_FOUND", { address: "ab".repeat(32) });
    };
    const whole = () => yieldAll(narOf("x"));
    expect(await codeOf(() => keep(whole, broken))).to.equal("SWARM_NOT_FOUND");
    expect(await codeOf(() => keep(whole, () => yieldAll(Buffer.from("no NAR"))))).to.match(/^NAR_/);
    const stop = new AbortController();
    const reason = new Error("enough");
    // As a NAR from the network ends: by the signal.
    const endless = async function* () {
      yield* yieldAll(narOf("x"));
      stop.abort(reason);
      stop.signal.throwIfAborted();
    };
    expect(await keep(whole, endless, stop.signal).catch((error: unknown) => error)).to.equal(reason);
    expect(existsSync(folder)).to.equal(false);
    expect(await readdir(join(temporary.path, "differs"))).to.deep.equal([]);
  });
});
