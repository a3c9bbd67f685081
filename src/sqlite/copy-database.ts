import { copyFileSync, rmSync, statSync } from "node:fs";

const ATTEMPTS = 5;

/**
 * Copies a database and its write-ahead log so that they belong together: neither may change from before the first copy
 * until after the second. For who must not leave a trace: to read a database in WAL mode, SQLite makes files beside it.
 * @throws Error of the file system, or where it keeps changing
 */
export function copyDatabase(file: string, copy: string): void {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = stamp(file);
    copyFileSync(file, copy);
    if (statSync(`${file}-wal`, { throwIfNoEntry: false })) copyFileSync(`${file}-wal`, `${copy}-wal`);
    else rmSync(`${copy}-wal`, { force: true });
    if (stamp(file) === before) return;
  }
  throw new Error("it kept changing while it was copied");
}

/** Size and time of the last change of the database and its log. */
function stamp(file: string): string {
  return [file, `${file}-wal`]
    .map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }))
    .map((stat) => (stat === undefined ? "-" : `${stat.ino} ${stat.size} ${stat.mtimeNs}`))
    .join("; ");
}
