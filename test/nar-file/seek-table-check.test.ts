import { expect } from "chai";
import { encodeSeekTable, FOOTER_SIZE } from "../../src/nar-file/seek-table.js";
import { SeekTableCheck } from "../../src/nar-file/seek-table-check.js";
import { codeOf } from "../support/code-of.js";

const HEADER_SIZE = 8;

/** Passes frames by, those without content to skip, and then a table of these entries. */
function check(frames: readonly [size: number, contentSize: number][], said: readonly [number, number][]): boolean {
  const table = encodeSeekTable(said.map(([size, contentSize]) => ({ size, contentSize })));
  const check = new SeekTableCheck();
  for (const [size, contentSize] of frames)
    if (contentSize === 0) check.onSkippable(0, size);
    else check.onFrame(size, contentSize);
  check.onSkippable(0xe, table.length);
  check.onSkipped(table.subarray(HEADER_SIZE));
  return check.finish(table.subarray(-FOOTER_SIZE));
}

describe("SeekTableCheck", () => {
  it("refuses a frame whose size has no place in a table: NAR_SEEK_TABLE_INVALID", async () => {
    const rest = [20, 5] as const;
    const [largest, beyond] = [2 ** 32 - 1, 2 ** 32 + 7];
    expect(check([[largest, 0], [...rest]], [[largest, 0], [...rest]])).to.equal(true);
    for (const contentSize of [0, 5])
      expect(
        await codeOf(() =>
          Promise.resolve().then(() => check([[beyond, contentSize], [...rest]], [[7, contentSize], [...rest]])),
        ),
      ).to.equal("NAR_SEEK_TABLE_INVALID");
  });
});
