import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { readNixVector } from "./nix-vector.js";

/** The store paths of store.sql. */
export const vectorPaths = {
  greeting: "/nix/store/5akl8zsmda0yrr63v4khwgskih2g2hsh-greeting",
  alone: "/nix/store/si7qpqdvwk04xz5wjn3mhn0l552kn578-alone",
  linked: "/nix/store/wsmazb3r35azfzllwcys1p88amc1rlp7-linked-1.0",
  linkedDrv: "/nix/store/0gc281q33ak4ydd7wbkr27swsh6sqmc1-linked-1.0.drv",
} as const;

/** Makes the database of the vectors below `root`, in WAL mode as Nix has it, and returns it open for writing. */
export function makeNixDatabase(root: string): { file: string; database: DatabaseSync } {
  const folder = join(root, "nix/var/nix/db");
  mkdirSync(folder, { recursive: true });
  mkdirSync(join(root, "nix/store"), { recursive: true });
  const file = join(folder, "db.sqlite");
  const database = new DatabaseSync(file);
  database.exec("pragma journal_mode = wal");
  database.exec(readNixVector("store.sql"));
  return { file, database };
}
