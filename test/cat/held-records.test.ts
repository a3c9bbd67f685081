import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect } from "chai";
import fc from "fast-check";
import { fileAddress } from "../../src/bmt/file-hasher.js";
import { HeldRecords } from "../../src/cat/held-records.js";
import { type CatRecord, formatRecord, MAX_RECORD_SIZE, parseRecord, readAccepted } from "../../src/cat/record.js";
import { parseStorePath } from "../../src/nix/store-path.js";
import { codeOf } from "../support/code-of.js";
import { anyRecord, BARE_RECORD, FULL_RECORD } from "./support/records.js";

describe("HeldRecords", () => {
  it("give back what they were given, whatever came after it", () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { maxLength: 20 }), (records) => {
        const all = new HeldRecords("/nix/store");
        const held = records.map((record) => all.add(record));
        for (const [at, record] of records.entries()) {
          const text = formatRecord(record);
          const { nixId } = parseStorePath(record.storePath);
          const swarmId = fileAddress(Buffer.from(text));
          expect(held[at]).to.deep.equal(
            new HeldRecords("/nix/store").add(record, { text: Buffer.from(text), swarmId }),
          );
          expect(held[at]!.record).to.deep.equal(record);
          const { storePath } = record;
          expect(held[at]).to.include({ text, storePath, size: Buffer.byteLength(text) });
          expect([held[at]!.nixId, held[at]!.swarmId]).to.deep.equal([nixId, swarmId]);
        }
      }),
    );
  });

  it("take records as large as there are, and more of them than are reserved at a time", () => {
    const held = new HeldRecords("/nix/store");
    const sig = FULL_RECORD.sigs[0]!;
    const count = Math.floor((MAX_RECORD_SIZE - 2000) / (sig.length + "Sig: \n".length + 6));
    const sigs = Array.from({ length: count }, (_, i) => `${String(i).padStart(6, "0")}${sig}`);
    const large = held.add({ ...FULL_RECORD, sigs });
    const others = [BARE_RECORD, FULL_RECORD].flatMap((record) => Array.from({ length: 2000 }, () => held.add(record)));
    expect(large.record.sigs).to.deep.equal(sigs);
    expect(others.map(({ text }) => text)).to.deep.equal(
      [BARE_RECORD, FULL_RECORD].flatMap((record) => Array.from({ length: 2000 }, () => formatRecord(record))),
    );
  });

  it("refuse what is no record, or of another store folder", async () => {
    const add = (record: CatRecord, storeDir = "/nix/store") => codeOf(() => new HeldRecords(storeDir).add(record));
    expect(await add({ ...BARE_RECORD, narSize: 0 })).to.equal("CAT_RECORD_INVALID");
    expect(await add(BARE_RECORD, "/gnu/store")).to.equal("CAT_RECORD_INVALID");
  });

  it("take little more of the heap than a view for each record", () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const all = new HeldRecords("/nix/store");
    const count = 5_000;
    collect();
    const before = process.memoryUsage().heapUsed;
    const held = Array.from({ length: count }, () => all.add(FULL_RECORD));
    collect();
    expect((process.memoryUsage().heapUsed - before) / count).to.be.below(400);
    expect(held).to.have.length(count);
  });
});

describe("readAccepted", () => {
  it("reads like parseRecord", () => {
    fc.assert(
      fc.property(anyRecord, (record) => {
        const text = formatRecord(record);
        expect(readAccepted(text)).to.deep.equal(parseRecord(text));
      }),
    );
  });
});
