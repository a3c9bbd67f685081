import { runParallel } from "../../async/run-parallel.js";
import { type FileToKeep, keepFile, type KeepOptions, type KeptFile } from "./keep-file.js";
import type { KeepLog } from "./keep-log.js";

export interface ReuploadOptions extends KeepOptions {
  readonly log: KeepLog;
  /** Seconds since 1970: what was seen to since is passed over. */
  readonly since: number;
  /** Files at a time. */
  readonly parallel: number;
  readonly onFile?: ((file: FileToKeep, kind: KeptFile["kind"] | "recent", done: number) => void) | undefined;
}

/** A file that is gone. */
export interface LostFile {
  readonly address: string;
  readonly what: FileToKeep["what"];
  readonly storePath?: string | undefined;
  readonly reason: string;
}

export interface ReuploadResult {
  /** Each once, whatever leads to it. */
  readonly files: number;
  /** On the network, all of them. */
  readonly there: number;
  /** Sent again by the node. */
  readonly sent: number;
  /** Made from the disk, and uploaded. */
  readonly repaired: number;
  /** Seen to by a run before. */
  readonly recent: number;
  readonly lost: readonly LostFile[];
}

/**
 * Keeps files on Swarm ({@link keepFile}), and notes each that is there: a run that is killed goes on where it was.
 * @throws CatnixError what the node has against it; what `files` throws; DATABASE_FAILED; the signal's reason
 */
export async function reupload(files: AsyncIterable<FileToKeep>, options: ReuploadOptions): Promise<ReuploadResult> {
  const { log, since, parallel, onFile, signal } = options;
  const counts = { there: 0, sent: 0, repaired: 0, recent: 0 };
  const lost: LostFile[] = [];
  const seen = new Set<string>();
  const key = options.all ? options.batch : "";
  let done = 0;
  await runParallel(files[Symbol.asyncIterator](), parallel, signal, async (file, either) => {
    const { address, what, storePath } = file;
    if (seen.has(address)) return;
    seen.add(address);
    if (log.has(address, key, since)) {
      counts.recent++;
      onFile?.(file, "recent", ++done);
      return;
    }
    const kept = await keepFile(file, { ...options, signal: either });
    if (kept.kind === "lost")
      lost.push({ address, what, ...(storePath !== undefined && { storePath }), reason: kept.reason });
    else {
      counts[kept.kind]++;
      log.note(address, key, Math.floor(Date.now() / 1000));
    }
    onFile?.(file, kept.kind, ++done);
  });
  return { files: seen.size, ...counts, lost };
}
