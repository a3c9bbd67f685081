import { expect } from "chai";
import { countChunks } from "../../src/bmt/count-chunks.js";
import { BUILD_ID_NOTE, BUILD_ID_SIZE } from "../../src/nar-file/constants.js";
import { encodeNarFile } from "../../src/nar-file/encode-nar-file.js";
import { boundUpload } from "../../src/publisher/bound-upload.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";
import { splitBytes } from "../support/split-bytes.js";

const pathOf = (narSize: number) => ({
  ...{ storePath: `/nix/store/${"0".repeat(31)}1-a`, narHash: new Uint8Array(32), narSize },
  ...{ references: [], sigs: [], registrationTime: 0 },
});

describe("boundUpload", () => {
  it("bounds what is noise, and what is nothing but regions with a byte between them", async () => {
    // Each build id ends with all but the last byte of the note that stands before the next one.
    const buildId = (seed: number) => [
      pseudoRandomBytes(BUILD_ID_SIZE - BUILD_ID_NOTE.length + 1, seed + 1),
      BUILD_ID_NOTE,
    ];
    const regions = Buffer.concat([BUILD_ID_NOTE, ...Array.from({ length: 40_000 }, (_, at) => buildId(at)).flat()]);
    for (const [nar, growth] of [
      [pseudoRandomBytes(3_000_000), 1],
      [regions, 1.28],
    ] as const) {
      let size = 0;
      for await (const part of encodeNarFile(splitBytes(nar, 65_536), { references: [], level: 3 }))
        size += part.length;
      expect(size / nar.length).to.be.above(growth);
      expect(boundUpload([pathOf(nar.length)])).to.be.above(countChunks(size));
    }
  });
});
