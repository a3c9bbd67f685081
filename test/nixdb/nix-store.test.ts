import { expect } from "chai";
import type { DatabaseSync } from "node:sqlite";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { formatFingerprint } from "../../src/nix/fingerprint.js";
import { parseNarInfo } from "../../src/nix/narinfo.js";
import { verifySignature } from "../../src/nix/signature.js";
import { parsePublicKey } from "../../src/nix/signing-key.js";
import { openNixStore, type NixStore } from "../../src/nixdb/nix-store.js";
import { codeOf } from "../support/code-of.js";
import { makeNixDatabase, vectorPaths } from "../support/nix-database.js";
import { readNixVector } from "../support/nix-vector.js";
import { makeTempFolder } from "../support/temp-folder.js";

describe("NixStore", () => {
  let root: string;
  let file: string;
  let writer: DatabaseSync;
  let store: NixStore;
  beforeEach(async () => {
    root = (await makeTempFolder()).path;
    ({ file, database: writer } = makeNixDatabase(root));
    store = openNixStore({ root });
  });
  afterEach(() => {
    store.close();
    writer.close();
    rmSync(root, { recursive: true });
  });

  it("knows of a path what Nix wrote into its narinfo", () => {
    for (const [path, name] of [
      [vectorPaths.alone, "alone"],
      [vectorPaths.greeting, "greeting"],
      [vectorPaths.linked, "linked-1.0"],
    ] as const) {
      const narInfo = parseNarInfo(readNixVector(`${name}.narinfo`));
      const info = store.queryPathInfo(path)!;
      const full = (baseName: string) => `/nix/store/${baseName}`;
      expect(info).to.deep.include({ storePath: path, narHash: narInfo.narHash, narSize: narInfo.narSize });
      expect(info.references).to.deep.equal(narInfo.references.map(full));
      expect(info.sigs).to.deep.equal(narInfo.sigs);
      expect(info.ca).to.equal(narInfo.ca);
      expect(info.deriver).to.equal(narInfo.deriver && full(narInfo.deriver));
      expect(info.registrationTime).to.be.above(1_700_000_000);
      const keys = [parsePublicKey(readNixVector("key.pub"))];
      expect(verifySignature(info.sigs[0]!, formatFingerprint(info), keys)).to.equal(keys[0]);
    }
    expect(store.isCopy).to.be.false;
  });

  it("lists all valid paths, also those that came since it was opened", async () => {
    const before = store.listPaths();
    expect(before).to.include.members(Object.values(vectorPaths));
    expect(before).to.deep.equal([...new Set(before)].sort());
    const { alone } = vectorPaths;
    writer.prepare("update ValidPaths set path = ? where path = ?").run(`${alone}-2`, alone);
    expect(store.listPaths()).to.include(`${alone}-2`).and.not.to.include(alone);
    writer.prepare("update ValidPaths set path = x'00' where path = ?").run(`${alone}-2`);
    expect(await codeOf(() => store.listPaths())).to.equal("NIX_DB_CORRUPT");
  });

  it("knows nothing of other paths", async () => {
    expect(store.queryPathInfo(`/nix/store/${"1".repeat(32)}-x`)).to.be.undefined;
    expect(await codeOf(() => store.queryPathInfo("/etc/passwd"))).to.equal("STORE_PATH_INVALID");
  });

  it("gives closures with references first, the order of the question without effect", () => {
    const { alone, greeting, linked } = vectorPaths;
    const pathsOf = (paths: string[]) => store.closure(paths).map((info) => info.storePath);
    expect(pathsOf([linked])).to.deep.equal([greeting, linked]);
    expect(pathsOf([linked, alone, greeting])).to.deep.equal([greeting, alone, linked]);
    expect(pathsOf([alone, alone, linked])).to.deep.equal([alone, greeting, linked]);
    expect(pathsOf([])).to.deep.equal([]);
  });

  it("has no closure of a path that is not valid", async () => {
    const absent = `/nix/store/${"1".repeat(32)}-x`;
    expect(await codeOf(() => store.closure([vectorPaths.linked, absent]))).to.equal("STORE_PATH_NOT_VALID");
  });

  it("sees what Nix writes while it is open", () => {
    writer.exec(`delete from ValidPaths where path = '${vectorPaths.alone}'`);
    expect(store.queryPathInfo(vectorPaths.alone)).to.be.undefined;
  });

  it("leaves the database as it is", () => {
    const before = readdirSync(join(root, "nix/var/nix/db"));
    store.closure([vectorPaths.linked]);
    expect(readdirSync(join(root, "nix/var/nix/db"))).to.deep.equal(before);
    expect(before).to.include("db.sqlite");
  });

  it("says where files are on disk", async () => {
    expect(store.realPath(vectorPaths.alone)).to.equal(join(root, vectorPaths.alone));
    expect(await codeOf(() => store.realPath(`${vectorPaths.alone}/bin`))).to.equal("STORE_PATH_INVALID");
  });

  const corrupt: Record<string, string> = {
    "a hash of another kind": "update ValidPaths set hash = 'md5:00'",
    "a hash that is a number": "update ValidPaths set hash = 7",
    "no size": "update ValidPaths set narSize = null",
    "a negative size": "update ValidPaths set narSize = -1",
    "a size above 2^53": "update ValidPaths set narSize = 9007199254740993",
    "a deriver that is no store path": "update ValidPaths set deriver = 'unknown'",
    "a CA of no known form": "update ValidPaths set ca = 'x'",
    "a signature that is none": "update ValidPaths set sigs = 'x'",
    "a reference to a row that is not there": "pragma foreign_keys = off; insert into Refs values (5, 99)",
    "a reference to a path elsewhere": "update ValidPaths set path = '/tmp/x' where id = 1",
    "a cycle of references": "insert into Refs values (1, 5)",
  };
  for (const [name, sql] of Object.entries(corrupt)) {
    it(`refuses ${name}`, async () => {
      writer.exec(sql);
      expect(await codeOf(() => store.closure([vectorPaths.linked]))).to.equal("NIX_DB_CORRUPT");
    });
  }

  it("is not opened without its tables, nor from something else", async () => {
    writer.exec("drop table Refs");
    expect(await codeOf(() => openNixStore({ root }))).to.equal("NIX_DB_SCHEMA_UNKNOWN");
    writer.exec("create table Refs (referrer integer, reference integer); alter table ValidPaths drop column ca");
    expect(await codeOf(() => openNixStore({ root }))).to.equal("NIX_DB_SCHEMA_UNKNOWN");
    for (const name of ["", "-wal", "-shm"]) writeFileSync(file + name, "no database ".repeat(400));
    expect(await codeOf(() => openNixStore({ root }))).to.equal("NIX_DB_UNREADABLE");
  });

  it("is not opened where there is none", async () => {
    expect(await codeOf(() => openNixStore({ root: join(root, "absent") }))).to.equal("NIX_DB_UNREADABLE");
    expect(await codeOf(() => openNixStore({ stateDir: join(root, "absent") }))).to.equal("NIX_DB_UNREADABLE");
  });
});
