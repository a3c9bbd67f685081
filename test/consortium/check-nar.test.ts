import { expect } from "chai";
import { zstdCompressSync } from "node:zlib";
import { fileAddress } from "../../src/bmt/file-hasher.js";
import { checkNarOf } from "../../src/consortium/check-nar.js";
import { toHex } from "../../src/encoding/hex.js";
import type { ReadOptions } from "../../src/swarm/content-store.js";
import { BeeStore } from "../../src/swarm/bee-store.js";
import { codeOf } from "../support/code-of.js";
import { makeRecord } from "../support/fill-index.js";
import { listingOf } from "../support/nar-listing.js";
import { readNixVectorBytes } from "../support/nix-vector.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { startNode } from "../support/start-node.js";
import { narOf, sha256 } from "./support/consortium.js";

/** Counts what is read of a file, and whether its reader closed it. */
class CountingStore extends BeeStore {
  bytes = 0;
  open = 0;

  override async read(address: string, options?: ReadOptions) {
    const { size, body } = await super.read(address, options);
    return { size, body: this.#count(body) };
  }

  async *#count(body: AsyncIterable<Uint8Array>) {
    this.open++;
    try {
      for await (const piece of body) {
        this.bytes += piece.length;
        yield piece;
      }
    } finally {
      this.open--;
    }
  }
}

describe("checkNarOf", () => {
  const nar = narOf(pseudoRandomBytes(24 << 20));
  const zstd = zstdCompressSync(nar);
  let node: Awaited<ReturnType<typeof startNode>>;
  let store: CountingStore;
  before(async () => {
    node = await startNode();
    await new BeeStore({ url: node.url, batchId: "0".repeat(64) }).write(zstd);
  });
  after(() => node.close());
  beforeEach(() => {
    store = new CountingStore({ url: node.url, retries: 0 });
  });
  const file = { ...makeRecord("big", zstd), compression: "zstd", narHash: sha256(nar), narSize: nar.length } as const;

  it("reads a file once, to its end", async () => {
    await checkNarOf(file, store);
    expect([store.bytes, store.open]).to.deep.equal([zstd.length, 0]);
  });

  it("stops soon after NarSize, and closes the file", async () => {
    expect(await codeOf(() => checkNarOf({ ...file, narSize: 12 << 20 }, store))).to.equal("NAR_FILE_INVALID");
    expect(store.bytes).to.be.below(16 << 20);
    await new Promise(setImmediate);
    expect(store.open).to.equal(0);
  });

  it("does not begin with a file that is far larger than its NAR, of frames that are skipped", async () => {
    const small = narOf("small");
    const skipped = Buffer.alloc(65_536 + 2 * small.length);
    skipped.writeUInt32LE(0x184d2a50);
    skipped.writeUInt32LE(skipped.length - 8, 4);
    const frame = zstdCompressSync(small);
    for (const [bytes, code] of [
      [Buffer.concat([frame, skipped]), "NAR_FILE_INVALID"],
      [Buffer.concat([frame, zstdCompressSync(Buffer.alloc(0)), Buffer.from("502a4d1800000000", "hex")]), undefined],
    ] as const) {
      await new BeeStore({ url: node.url, batchId: "0".repeat(64) }).write(bytes);
      const claims = { narHash: sha256(small), narSize: small.length, compression: "zstd" } as const;
      const before = store.bytes;
      expect(await codeOf(() => checkNarOf({ ...makeRecord("small", bytes), ...claims }, store))).to.equal(code);
      expect(store.bytes - before).to.equal(code === undefined ? bytes.length : 0);
    }
  });

  it("stops at the first fault of the structure, and closes the file", async () => {
    const text = zstdCompressSync(Buffer.from(pseudoRandomBytes(24 << 20, 2)));
    await new BeeStore({ url: node.url, batchId: "0".repeat(64) }).write(text);
    const record = { ...file, ...makeRecord("big", text), compression: "zstd", narSize: 24 << 20 } as const;
    expect(await codeOf(() => checkNarOf(record, store))).to.equal("NAR_FILE_INVALID");
    expect(store.bytes).to.be.below(4 << 20);
    await new Promise(setImmediate);
    expect(store.open).to.equal(0);
  });

  describe("of a record that names a listing", () => {
    const small = readNixVectorBytes("listed.nar");
    const listing = listingOf(small)!;
    const writer = () => new BeeStore({ url: node.url, batchId: "0".repeat(64) });
    const check = async (of: Buffer, address: string | undefined) => {
      await writer().write(of);
      return codeOf(() =>
        checkNarOf(makeRecord("listed", of, address === undefined ? {} : { listing: address }), store),
      );
    };

    it("accepts the NAR's own, and fetches it too", async () => {
      const { address } = await writer().write(listing);
      expect(await check(small, address)).to.equal(undefined);
      expect([store.bytes, store.open]).to.deep.equal([small.length + listing.length, 0]);
    });

    it("accepts a record without one", async () => {
      expect(await check(small, undefined)).to.equal(undefined);
    });

    const others: Record<string, Uint8Array> = {
      "another NAR's": listingOf(narOf("another"))!,
      "one in Nix's spelling": readNixVectorBytes("listed.ls"),
      "one with a line's end": Buffer.concat([listing, Buffer.from("\n")]),
      "one with another offset": Buffer.from(listing.toString().replace('"narOffset":400', '"narOffset":408')),
    };
    for (const [what, other] of Object.entries(others))
      it(`refuses ${what}: CAT_LISTING_MISMATCH`, async () => {
        const { address } = await writer().write(other);
        expect(await check(small, address)).to.equal("CAT_LISTING_MISMATCH");
      });

    it("refuses any of a NAR that has none: CAT_LISTING_MISMATCH", async () => {
      const nameless = readNixVectorBytes("tree.nar");
      const { address } = await writer().write(listing);
      expect(await check(nameless, address)).to.equal("CAT_LISTING_MISMATCH");
      expect(await check(nameless, undefined)).to.equal(undefined);
    });

    it("refuses one that nobody can fetch: SWARM_NOT_FOUND", async () => {
      const lost = narOf("never uploaded");
      expect(await check(lost, toHex(fileAddress(listingOf(lost)!)))).to.equal("SWARM_NOT_FOUND");
    });
  });
});
