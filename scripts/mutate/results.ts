import { appendFile, mkdir, readFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { dirname } from "node:path";
import type { Mutant } from "./mutants.js";

/** How a mutant ended. */
export type Fate = "same code" | "no contract" | "killed by the model" | "killed by the suites" | "alive";

export interface Result {
  readonly fate: Fate;
  /** The test that tells it, or what the compiler says. */
  readonly by: string;
}

const FILE = "cache/mutants.jsonl";

/** What earlier runs found, so that a run can be broken off and gone on with. The last word on a mutant counts. */
export class Results {
  private constructor(private readonly known: Map<string, Result>) {}

  static async open(): Promise<Results> {
    const text = await readFile(FILE, "utf8").catch(() => "");
    const lines = text.split("\n").filter((line) => line.endsWith("}"));
    return new Results(
      new Map(
        lines.map((line) => JSON.parse(line) as Result & { id: string }).map(({ id, fate, by }) => [id, { fate, by }]),
      ),
    );
  }

  /** Those of these mutants that were tested. */
  of(mutants: readonly Mutant[]): Map<Mutant, Result> {
    const found = mutants.map((mutant) => [mutant, this.known.get(idOf(mutant))] as const);
    return new Map(found.filter((one): one is [Mutant, Result] => one[1] !== undefined));
  }

  async put(mutant: Mutant, result: Result): Promise<void> {
    await mkdir(dirname(FILE), { recursive: true });
    await appendFile(FILE, JSON.stringify({ id: idOf(mutant), ...result }) + "\n");
  }
}

const idOf = ({ file, text }: Mutant): string =>
  createHash("sha256").update(`${file}\n${text}`).digest("hex").slice(0, 32);
