import { expect } from "chai";
import { Context } from "../../src/cli/context.js";
import { PublishProgress } from "../../src/cli/publish-progress.js";
import type { WrittenFile } from "../../src/swarm/content-store.js";

const A = "/nix/store/a";
const B = "/nix/store/b";

describe("the progress of publishing", () => {
  let now: number;
  const start = () => {
    now = 0;
    const progress = new PublishProgress(Context.ofDefaults({ quiet: true }), () => now);
    progress.take({ kind: "closure", paths: 2, narBytes: 3_000_000 });
    return progress;
  };
  const file = (size: number, chunks?: WrittenFile["chunks"]): WrittenFile => ({
    ...{ address: "ab".repeat(32), size },
    ...(chunks && { chunks }),
  });

  it("tells of bytes, files, chunks, new ones, and the time left", () => {
    using progress = start();
    progress.take({ kind: "checked", storePath: A });
    progress.take({ kind: "started", storePath: A, narBytes: 1_000_000 });
    progress.take({ kind: "bytes", storePath: A, narBytes: 500_000 });
    expect(progress.describe()).to.equal("500 kB of 3.00 MB");
    now = 10_000;
    expect(progress.describe()).to.equal("500 kB of 3.00 MB, 50 s left");
    progress.take({ kind: "bytes", storePath: A, narBytes: 500_000 });
    const files = [file(400_000, { total: 99, new: 40 }), file(500, { total: 1, new: 1 })];
    progress.take({ kind: "done", storePath: A, outcome: "uploaded", files });
    expect(progress.describe()).to.equal(
      "1.00 MB of 3.00 MB, sent 401 kB in 2 files and 100 chunks, 41 of them new, 20 s left",
    );
  });

  it("takes what needs no upload for read, and what is tried again for unread", () => {
    using progress = start();
    progress.take({ kind: "started", storePath: A, narBytes: 1_000_000 });
    progress.take({ kind: "bytes", storePath: A, narBytes: 1_000_000 });
    progress.take({ kind: "bytes", storePath: A, narBytes: -1_000_000 });
    expect(progress.describe()).to.equal("0 B of 3.00 MB");
    progress.take({ kind: "started", storePath: B, narBytes: 2_000_000 });
    progress.take({ kind: "done", storePath: B, outcome: "listed", files: [] });
    expect(progress.describe()).to.equal("2.00 MB of 3.00 MB");
  });

  it("counts chunks from sizes where a node does not tell, and then not which are new", () => {
    using progress = start();
    progress.take({ kind: "started", storePath: A, narBytes: 1_000_000 });
    progress.take({
      kind: "done",
      storePath: A,
      outcome: "uploaded",
      files: [file(4097), file(1, { total: 1, new: 1 })],
    });
    expect(progress.describe()).to.equal("1.00 MB of 3.00 MB, sent 4.10 kB in 2 files and 4 chunks");
  });
});
