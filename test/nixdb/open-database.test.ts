import { chmodSync, existsSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { expect } from "chai";
import { openCopy, openDatabase } from "../../src/nixdb/open-database.js";
import { codeOf } from "../support/code-of.js";
import { makeNixDatabase, vectorPaths } from "../support/nix-database.js";
import { makeTempFolder } from "../support/temp-folder.js";

const copies = () => readdirSync(tmpdir()).filter((name) => name.startsWith("catnix-nixdb-"));
const count = (database: DatabaseSync) => database.prepare("select count(*) as n from ValidPaths").get()!.n;

describe("openDatabase", () => {
  let root: string;
  let file: string;
  let writer: DatabaseSync;
  beforeEach(async () => {
    root = (await makeTempFolder()).path;
    ({ file, database: writer } = makeNixDatabase(root));
  });
  afterEach(() => {
    if (writer.isOpen) writer.close();
    chmodSync(dirname(file), 0o755);
    rmSync(root, { recursive: true });
  });

  it("makes a copy for an ordinary user who cannot open it, and deletes it when it is closed", () => {
    // The last writer removes the shared-memory file; nobody else may make it anew.
    writer.close();
    chmodSync(root, 0o755);
    chmodSync(file, 0o444);
    chmodSync(dirname(file), 0o555);
    const before = copies();
    asOrdinaryUser(() => {
      const open = openDatabase(file);
      expect(open.isCopy).to.be.true;
      expect(count(open.database)).to.equal(5);
      expect(copies()).to.have.length(before.length + 1);
      open.close();
    });
    expect(copies()).to.deep.equal(before);
    expect(existsSync(`${file}-shm`)).to.be.false;
  });

  it("copies what is only in the write-ahead log", () => {
    writer.exec("pragma wal_autocheckpoint = 0");
    writer.exec(`delete from ValidPaths where path = '${vectorPaths.alone}'`);
    expect(existsSync(`${file}-wal`)).to.be.true;
    const open = openCopy(file);
    expect(count(open.database)).to.equal(4);
    writer.exec("update ValidPaths set narSize = 1");
    expect(open.database.prepare("select max(narSize) as size from ValidPaths").get()!.size).to.equal(520);
    open.close();
  });

  it("leaves no copy behind where it is of no use", async () => {
    writer.exec("drop table Refs");
    const before = copies();
    expect(await codeOf(() => openCopy(file))).to.equal("NIX_DB_SCHEMA_UNKNOWN");
    expect(await codeOf(() => openCopy(`${file}.absent`))).to.equal("NIX_DB_UNREADABLE");
    expect(copies()).to.deep.equal(before);
  });
});

/** Runs without root's powers: modes mean nothing to root. */
function asOrdinaryUser(run: () => void): void {
  const isRoot = process.geteuid?.() === 0;
  if (isRoot) process.seteuid!(65534);
  try {
    run();
  } finally {
    if (isRoot) process.seteuid!(0);
  }
}
