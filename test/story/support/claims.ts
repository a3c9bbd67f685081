import { DatabaseSync } from "node:sqlite";
import { setTimeout } from "node:timers/promises";
import { startServe } from "../../../scripts/lab/catnix.js";
import type { Home } from "./member-home.js";

/** What an answer claims: all but what it calls told or missing, and ages, which grow. */
export function listClaims(stdout: string): string[] {
  return stdout
    .split("\n")
    .filter((line) => line !== "" && !/^[?–]/.test(line))
    .map((line) => line.replace(/, -?[0-9]+ s ago$/, ""));
}

/** Lets somebody follow the registry once. @returns the index */
export async function makeIndex(home: Home): Promise<string> {
  const relay = await startServe(home.file("catnix.json"));
  while (!(await fetch(`${relay.url}/ready`)).ok) await setTimeout(100);
  await relay.stop();
  return home.file("state/index.sqlite");
}

/** Nothing was withdrawn, an index says then. */
export function forgetWithdrawals(index: string): void {
  const database = new DatabaseSync(index);
  database.exec("DELETE FROM withdrawals");
  database.close();
}
