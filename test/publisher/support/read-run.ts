import type { UploadedBatch } from "../../../src/publisher/upload-batch.js";
import type { Program } from "../../support/start-program.js";

/** What `run-publisher.ts` prints at its end. */
export interface Run {
  /** Their Swarm addresses, in closure order. */
  readonly records: string[];
  readonly reused: number;
  readonly uploaded: { readonly paths: number; readonly chunksNew: number };
  readonly batch: UploadedBatch["fields"];
  /** Bytes. */
  readonly memory: number;
  /** Lines that it printed before. */
  readonly lines: number;
}

/** Reads what it prints until it has ended. */
export async function readRun(program: Program): Promise<Run> {
  const lines: string[] = [];
  for (let line; (line = await program.nextLine()) !== undefined;) lines.push(line);
  const at = lines.findIndex((line) => line.startsWith("{"));
  if (at < 0) throw new Error("the publisher ended without a result");
  return { ...(JSON.parse(lines[at]!) as Run), lines: at };
}
