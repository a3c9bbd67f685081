import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { verifyChunk } from "../../../src/bmt/chunk.js";
import { BeeStore } from "../../../src/swarm/bee-store.js";
import { pseudoRandomBytes } from "../../support/pseudo-random-bytes.js";
import { makeTempFolder } from "../../support/temp-folder.js";

const script = fileURLToPath(new URL("../../support/run-node.ts", import.meta.url));

describe("the embedded node, killed", () => {
  let child: ChildProcessByStdio<null, Readable, null> | undefined;
  afterEach(() => child?.kill("SIGKILL"));

  async function start(file: string): Promise<BeeStore> {
    child = spawn(process.execPath, ["--import", "tsx", script, file], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(child.stdout, "data")) as [Buffer];
    return new BeeStore({ url: line.toString().trim(), batchId: "00".repeat(32), retries: 0 });
  }

  it("in the middle of uploads, has every file that it acknowledged and no bad chunk", async () => {
    const folder = await makeTempFolder();
    const file = join(folder.path, "chunks.db");
    try {
      const acknowledged = new Map<string, number>();
      for (let round = 0; round < 3; round++) {
        const store = await start(file);
        for (const [address, seed] of acknowledged) {
          const bytes = pseudoRandomBytes(40_000 * seed, seed);
          expect(Buffer.compare(await store.readAll(address, 1e7), bytes)).to.equal(0);
        }
        let ended = false;
        const gone = once(child!, "exit").then(() => (ended = true));
        const upload = async (seed: number) => {
          const { address } = await store.write(pseudoRandomBytes(40_000 * seed, seed));
          acknowledged.set(address, seed);
        };
        await upload(10 * round + 1);
        const running = [2, 3, 4, 90].map((seed) => upload(10 * round + seed).catch(() => undefined));
        await new Promise((resolve) => setTimeout(resolve, 20 + 40 * round));
        child!.kill("SIGKILL");
        await gone;
        expect(ended).to.equal(true);
        await Promise.all(running);
      }
      expect(acknowledged.size).to.be.at.least(3);
      const database = new DatabaseSync(file);
      expect(database.prepare("PRAGMA integrity_check").get()).to.deep.include({ integrity_check: "ok" });
      let chunks = 0;
      for (const row of database.prepare("SELECT address, data FROM chunks").iterate()) {
        verifyChunk(row["address"] as Uint8Array, row["data"] as Uint8Array);
        chunks++;
      }
      expect(database.prepare("SELECT chunks FROM totals").get()).to.deep.include({ chunks });
      database.close();
    } finally {
      await folder.remove();
    }
  });
});
