import { expect } from "chai";
import { zstdCompressSync } from "node:zlib";
import { inspectNarFile } from "../../src/nar-file/inspect-nar-file.js";
import { encodeSeekTable } from "../../src/nar-file/seek-table.js";
import { codeOf } from "../support/code-of.js";
import { splitBytes } from "../support/split-bytes.js";

const frame = zstdCompressSync(Buffer.from("hello"));
const table = encodeSeekTable([{ size: frame.length, contentSize: 5 }]);
/** What has a seek table's magic number and is none. */
const lookalike = Buffer.from("5e2a4d1803000000616263", "hex");

const inspect = (...parts: Uint8Array[]) => inspectNarFile(splitBytes(Buffer.concat(parts), 1000));

describe("inspectNarFile", () => {
  it("calls the table at the end a seek table, and no other frame of its kind", async () => {
    for (const [parts, kinds] of [
      [[frame], ["piece"]],
      [
        [frame, table],
        ["piece", "seek table"],
      ],
      [
        [frame, lookalike],
        ["piece", "skipped"],
      ],
      [
        [lookalike, frame],
        ["skipped", "piece"],
      ],
      [
        [frame, table, frame],
        ["piece", "skipped", "piece"],
      ],
    ] as const) {
      const { frames, hasSeekTable, frameCount } = await inspect(...parts);
      expect(frames.map(({ kind }) => kind)).to.deep.equal(kinds);
      expect([hasSeekTable, frameCount]).to.deep.equal([kinds.at(-1) === "seek table", kinds.length]);
    }
  });

  it("refuses a table that lies: NAR_SEEK_TABLE_INVALID", async () => {
    expect(await codeOf(() => inspect(frame, frame, table))).to.equal("NAR_SEEK_TABLE_INVALID");
  });
});
