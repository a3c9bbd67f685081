import { expect } from "chai";
import { readdirSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { copyDatabase } from "../../src/sqlite/copy-database.js";
import { makeTempFolder } from "../support/temp-folder.js";

describe("copyDatabase", () => {
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  beforeEach(async () => {
    folder = await makeTempFolder();
  });
  afterEach(() => folder.remove());

  const file = (name: string) => join(folder.path, name);
  const count = (name: string) => {
    const database = new DatabaseSync(file(name));
    try {
      return database.prepare("SELECT count(*) AS n FROM t").get()!["n"];
    } finally {
      database.close();
    }
  };

  it("takes along what only the log has, and leaves the original without a trace", () => {
    const original = new DatabaseSync(file("a"));
    original.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (x); INSERT INTO t VALUES (1), (2)");
    copyDatabase(file("a"), file("b"));
    expect(count("b")).to.equal(2);
    original.close();
    const before = readdirSync(folder.path);
    copyDatabase(file("a"), file("b"));
    expect(readdirSync(folder.path)).to.deep.equal(before);
    expect(count("b")).to.equal(2);
  });

  it("does not put an old log beside a new copy", () => {
    const original = new DatabaseSync(file("a"));
    original.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (x)");
    copyDatabase(file("a"), file("b"));
    original.exec("INSERT INTO t VALUES (1)");
    original.close(); // all of it is in the file now
    copyDatabase(file("a"), file("b"));
    expect(readdirSync(folder.path).sort()).to.deep.equal(["a", "b"]);
    expect(count("b")).to.equal(1);
  });

  it("fails where there is none", () => expect(() => copyDatabase(file("none"), file("b"))).to.throw());
});
