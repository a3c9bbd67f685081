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

/** Reads what it prints to the end. */
export async function readRun(program: Program): Promise<Run> {
  for (let lines = 0; ; lines++) {
    const line = await program.nextLine();
    if (line === undefined) throw new Error("the publisher ended without a result");
    if (line.startsWith("{")) return { ...(JSON.parse(line) as Run), lines };
  }
}
