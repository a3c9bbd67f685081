import { expect } from "chai";
import { unlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Database, type DatabaseFormat } from "../../src/sqlite/database.js";
import { codeOf } from "../support/code-of.js";
import { makeTempFolder } from "../support/temp-folder.js";

const format: DatabaseFormat = { version: 3, schema: "CREATE TABLE t (n INTEGER NOT NULL) STRICT" };

describe("sqlite/database", () => {
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let file: string;
  let open: Database[];

  beforeEach(async () => {
    folder = await makeTempFolder();
    file = join(folder.path, "deep/t.db");
    open = [];
  });
  afterEach(async () => {
    for (const database of open) database.close();
    await folder.remove();
  });
  const openDatabase = (options?: { readOnly: boolean }, as = format) => {
    const database = new Database(file, as, options);
    open.push(database);
    return database;
  };
  const numbers = (database: Database) => database.all("SELECT n FROM t ORDER BY n").map(({ n }) => n);

  it("makes its file and folder once, and finds what it wrote", () => {
    expect(openDatabase().run("INSERT INTO t VALUES (1), (2)")).to.equal(2);
    expect(numbers(openDatabase())).to.deep.equal([1, 2]);
    expect(openDatabase().get("SELECT n FROM t WHERE n = ?", 3)).to.equal(undefined);
  });

  it("undoes a transaction that throws, and goes on", () => {
    const database = openDatabase();
    const fault = new Error("in the middle");
    expect(() =>
      database.transaction(() => {
        database.run("INSERT INTO t VALUES (1)");
        throw fault;
      }),
    ).to.throw(fault);
    expect(database.transaction(() => database.run("INSERT INTO t VALUES (2)"))).to.equal(1);
    expect(numbers(database)).to.deep.equal([2]);
  });

  it("refuses another format, another program's file, garbage and a missing file; and leaves them as they are", async () => {
    expect(await codeOf(() => openDatabase({ readOnly: true }))).to.equal("DATABASE_FAILED");
    openDatabase();
    for (const readOnly of [true, false])
      expect(await codeOf(() => openDatabase({ readOnly }, { ...format, version: 4 }))).to.equal("DATABASE_FAILED");

    file = join(folder.path, "other.db");
    const other = new DatabaseSync(file);
    other.exec("CREATE TABLE mine (n INTEGER)");
    expect(await codeOf(() => openDatabase())).to.equal("DATABASE_FAILED");
    expect(other.prepare("PRAGMA journal_mode").get()).to.deep.include({ journal_mode: "delete" });
    other.close();

    file = join(folder.path, "garbage.db");
    writeFileSync(file, "no database at all, but long enough to have a header of sixteen bytes\n".repeat(100));
    expect(await codeOf(() => openDatabase())).to.equal("DATABASE_FAILED");
  });

  it("begins a disposable file of an older format anew, and no other", async () => {
    openDatabase().run("INSERT INTO t VALUES (1)");
    const next: DatabaseFormat = { version: 4, schema: "CREATE TABLE u (n INTEGER) STRICT", disposable: true };
    const older: DatabaseFormat = { ...next, version: 2 };
    expect(await codeOf(() => openDatabase({ readOnly: false }, older))).to.equal("DATABASE_FAILED");
    expect(await codeOf(() => openDatabase({ readOnly: true }, next))).to.equal("DATABASE_FAILED");
    expect(numbers(openDatabase())).to.deep.equal([1]);
    expect(openDatabase({ readOnly: false }, next).all("SELECT * FROM u")).to.deep.equal([]);
    expect(await codeOf(() => openDatabase())).to.equal("DATABASE_FAILED");
  });

  it("refuses to write where it only reads, and what breaks a constraint", async () => {
    const database = openDatabase();
    const reader = openDatabase({ readOnly: true });
    expect(await codeOf(() => reader.run("INSERT INTO t VALUES (1)"))).to.equal("DATABASE_FAILED");
    expect(await codeOf(() => database.run("INSERT INTO t VALUES (NULL)"))).to.equal("DATABASE_FAILED");
    expect(await codeOf(() => database.run("INSERT INTO t VALUES ('text')"))).to.equal("DATABASE_FAILED");
    expect(await codeOf(() => database.get("SELECT nonsense"))).to.equal("DATABASE_FAILED");
  });

  it("fails after it was closed, and may be closed twice", async () => {
    const database = openDatabase();
    database.close();
    database.close();
    expect(await codeOf(() => database.get("SELECT 1"))).to.equal("DATABASE_FAILED");
    expect(await codeOf(() => database.version())).to.equal("DATABASE_FAILED");
  });

  it("has another version after every write, its own or another connection's, and only then", () => {
    const [writer, reader] = [openDatabase(), openDatabase({ readOnly: true })];
    const before = [writer.version(), reader.version()];
    expect(numbers(reader)).to.deep.equal([]);
    expect([writer.version(), reader.version()]).to.deep.equal(before);
    writer.run("INSERT INTO t VALUES (1)");
    const after = [writer.version(), reader.version()];
    expect(after[0]).not.to.equal(before[0]);
    expect(after[1]).not.to.equal(before[1]);
    expect([writer.version(), reader.version()]).to.deep.equal(after);
  });

  it("waits for the disk where it is asked to, and says so where it cannot", async () => {
    const database = new Database(file, format, { synchronous: "NORMAL" });
    open.push(database);
    database.run("INSERT INTO t VALUES (1)");
    await database.sync();
    await database.sync();
    const other = new Database(`${file}2`, format, { synchronous: "NORMAL" });
    open.push(other);
    other.run("INSERT INTO t VALUES (1)");
    unlinkSync(`${file}2-wal`);
    expect(await codeOf(() => other.sync())).to.equal("DATABASE_FAILED");
  });
});
