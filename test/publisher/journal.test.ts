import { expect } from "chai";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { formatRecord } from "../../src/cat/record.js";
import { toHex } from "../../src/encoding/hex.js";
import { Journal } from "../../src/publisher/journal.js";
import { makeRecord, swarmIdOf } from "../support/fill-index.js";
import { makeTempFolder } from "../support/temp-folder.js";

const record = makeRecord("kept", Buffer.from("nar"));
const [text, swarmId] = [formatRecord(record), toHex(swarmIdOf(record))];
const key = { nixId: new Uint8Array(20).fill(1), narHash: new Uint8Array(32).fill(2), format: "stable-zstd/1-9" };

describe("Journal", () => {
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let file: string;
  beforeEach(async () => {
    folder = await makeTempFolder();
    file = join(folder.path, "state", "publisher.sqlite");
  });
  afterEach(() => folder.remove());

  it("keeps uploads from one run to the next, by path, NAR and encoding", async () => {
    {
      using journal = new Journal(file);
      expect(journal.find(key, "/nix/store")).to.equal(undefined);
      await journal.keep(key, text, swarmId);
      await journal.keep(key, text, swarmId);
    }
    using journal = new Journal(file);
    expect(journal.find(key, "/nix/store")).to.deep.equal({ record, text, swarmId });
    for (const other of [
      { nixId: new Uint8Array(20).fill(9) },
      { narHash: new Uint8Array(32).fill(9) },
      { format: "stable-zstd/1-3" },
    ])
      expect(journal.find({ ...key, ...other }, "/nix/store")).to.equal(undefined);
    expect(journal.find(key, "/gnu/store")).to.equal(undefined);
  });

  it("takes an entry that was altered for none", async () => {
    for (const change of ["record = replace(record, 'kept', 'lost')", "record = ''", "swarm_id = 'x'"]) {
      using journal = new Journal(file);
      await journal.keep(key, text, swarmId);
      const database = new DatabaseSync(file);
      database.exec(`UPDATE uploads SET ${change}`);
      database.close();
      expect(journal.find(key, "/nix/store")).to.equal(undefined);
    }
  });
});
