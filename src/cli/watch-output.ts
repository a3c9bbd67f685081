import type { Writable } from "node:stream";
import { writeErrorOf } from "../files/write-error.js";

/** Whether what a command printed went where it should. */
export interface WatchedOutput {
  /**
   * Waits until all of it is written.
   * @throws CatnixError DISK_FULL, FILE_UNWRITABLE where it could not be; a reader that left early, such as `head -1`, is no error
   */
  finish(): Promise<void>;
}

/** Watches standard output from now on: without that a full disk goes unnoticed, and a closed pipe ends the process with a stack. */
export function watchOutput(stream: Writable): WatchedOutput {
  let failure: NodeJS.ErrnoException | undefined;
  stream.on("error", (error) => {
    failure ??= error;
  });
  return {
    async finish() {
      await new Promise<void>((resolve) => stream.write("", () => resolve()));
      if (failure === undefined || failure.code === "EPIPE") return;
      throw writeErrorOf("standard output", failure);
    },
  };
}
