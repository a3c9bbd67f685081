import { expect } from "chai";
import { join } from "node:path";
import { setImmediate as nextImmediate } from "node:timers/promises";
import { Database } from "../../src/sqlite/database.js";
import { GroupCommit } from "../../src/sqlite/group-commit.js";
import { codeOf } from "../support/code-of.js";
import { makeTempFolder } from "../support/temp-folder.js";

describe("sqlite/group-commit", () => {
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  let database: Database;
  let group: GroupCommit;
  let transactions: number;

  beforeEach(async () => {
    folder = await makeTempFolder();
    const schema = "CREATE TABLE t (n INTEGER PRIMARY KEY) STRICT";
    database = new Database(join(folder.path, "t.db"), { version: 1, schema });
    transactions = 0;
    group = new GroupCommit((work) => {
      transactions++;
      database.transaction(work);
    });
  });
  afterEach(async () => {
    database.close();
    await folder.remove();
  });

  const insert = (n: number) => group.run(() => database.run("INSERT INTO t VALUES (?)", n));
  /** By then what was asked for before has been written, and what was synced before is answered. */
  const nextTurn = async () => {
    await nextImmediate();
    await nextImmediate();
  };
  const numbers = () => database.all("SELECT n FROM t ORDER BY n").map(({ n }) => n);

  it("writes what comes at the same moment in one transaction, each with its own result", async () => {
    const results = [insert(1), insert(2), group.run(() => "done")];
    expect(numbers()).to.deep.equal([]);
    expect(await Promise.all(results)).to.deep.equal([1, 1, "done"]);
    expect(transactions).to.equal(1);
    expect(await insert(3)).to.equal(1);
    expect(transactions).to.equal(2);
    expect(numbers()).to.deep.equal([1, 2, 3]);
  });

  it("keeps the others where one fails, and tells only that one", async () => {
    await insert(2);
    const results = await Promise.allSettled([insert(1), insert(2), insert(3)]);
    expect(results.map(({ status }) => status)).to.deep.equal(["fulfilled", "rejected", "fulfilled"]);
    expect(numbers()).to.deep.equal([1, 2, 3]);
  });

  it("answers once what it wrote is synced, and writes what came meanwhile as one group", async () => {
    const syncs: PromiseWithResolvers<undefined>[] = [];
    const synced = new GroupCommit(
      (work) => database.transaction(work),
      () => (syncs[syncs.length] = Promise.withResolvers<undefined>()).promise,
    );
    const settled: number[] = [];
    const write = async (n: number) => {
      await synced.run(() => database.run("INSERT INTO t VALUES (?)", n));
      settled.push(n);
    };
    const writes = [write(1)];
    await nextTurn();
    expect([syncs.length, numbers()]).to.deep.equal([1, [1]]);
    writes.push(write(2));
    await nextTurn();
    writes.push(write(3));
    await nextTurn();
    expect([syncs.length, numbers(), settled]).to.deep.equal([1, [1], []]);
    syncs[0]!.resolve(undefined);
    await nextTurn();
    expect([syncs.length, numbers(), settled]).to.deep.equal([2, [1, 2, 3], [1]]);
    syncs[1]!.resolve(undefined);
    await Promise.all(writes);
    expect([syncs.length, settled]).to.deep.equal([2, [1, 2, 3]]);
  });

  it("writes nothing more after a sync that failed", async () => {
    const failing = new GroupCommit(
      (work) => database.transaction(work),
      () => Promise.reject(new Error("no disk")),
    );
    const results = await Promise.allSettled([failing.run(() => 1)]);
    results.push(...(await Promise.allSettled([failing.run(() => database.run("INSERT INTO t VALUES (7)"))])));
    expect(results.map(({ status }) => status)).to.deep.equal(["rejected", "rejected"]);
    expect(numbers()).to.deep.equal([]);
  });

  it("syncs nothing where nothing was committed", async () => {
    let syncs = 0;
    const synced = new GroupCommit(
      (work) => database.transaction(work),
      () => (syncs++, Promise.resolve()),
    );
    expect(await codeOf(() => synced.run(() => database.run("INSERT INTO nowhere VALUES (1)")))).to.equal(
      "DATABASE_FAILED",
    );
    expect(syncs).to.equal(0);
    expect(await synced.run(() => database.run("INSERT INTO t VALUES (1)"))).to.equal(1);
    expect(syncs).to.equal(1);
  });

  it("fails where the transaction does", async () => {
    const failed = insert(1);
    database.close();
    expect(await codeOf(() => failed)).to.equal("DATABASE_FAILED");
  });
});
