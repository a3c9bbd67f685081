import { countChunks } from "../bmt/count-chunks.js";
import type { PublishEvent } from "../publisher/publish-closure.js";
import type { Context } from "./context.js";
import { formatBytes } from "./format.js";
import { Progress } from "./progress.js";

/** Before that much was read nothing can be said of the time left, in milliseconds. */
const MIN_ELAPSED_MS = 3000;

/** What of a closure is through, for people: paths, bytes, files, chunks, and the time left. */
export class PublishProgress implements Disposable {
  readonly #context: Context;
  readonly #progress: Progress;
  readonly #now: () => number;
  readonly #sizes = new Map<string, { total: number; read: number }>();
  #start: number | undefined;
  #paths = 0;
  #checked = 0;
  #reckoned = 0;
  #done = 0;
  /** Of all NARs, read or not needed; and those that had to be read. */
  #narBytes = { all: 0, passed: 0, read: 0 };
  #sent = { files: 0, bytes: 0, chunks: 0, new: 0, counted: true };

  constructor(context: Context, now: () => number = () => performance.now()) {
    this.#context = context;
    this.#progress = new Progress(context, "paths", 0);
    this.#now = now;
  }

  take(event: PublishEvent): void {
    switch (event.kind) {
      case "closure":
        this.#paths = event.paths;
        this.#narBytes.all = event.narBytes;
        return;
      case "checked":
        this.#progress.update(++this.#checked, this.#paths, `looked through ${event.storePath}`);
        return;
      case "reckoned":
        this.#progress.update(++this.#reckoned, this.#paths, `counted the chunks of ${event.storePath}`);
        return;
      case "started":
        this.#start ??= this.#now();
        this.#sizes.set(event.storePath, { total: event.narBytes, read: 0 });
        this.#show(event.storePath);
        return;
      case "bytes":
        this.#sizes.get(event.storePath)!.read += event.narBytes;
        this.#narBytes.read += event.narBytes;
        this.#narBytes.passed += event.narBytes;
        this.#show(event.storePath);
        return;
      case "retry":
        this.#context.note(`${event.storePath}: ${event.error.message}; it is tried again`);
        return;
      case "done":
        this.#finish(event);
        return;
    }
  }

  /** What is through, in a few words. */
  describe(): string {
    const { files, bytes, chunks, counted } = this.#sent;
    const news = counted ? `, ${this.#sent.new} of them new` : "";
    const sent = files === 0 ? "" : `, sent ${formatBytes(bytes)} in ${files} files and ${chunks} chunks${news}`;
    return `${formatBytes(this.#narBytes.passed)} of ${formatBytes(this.#narBytes.all)}${sent}${this.#describeLeft()}`;
  }

  [Symbol.dispose](): void {
    this.#progress[Symbol.dispose]();
  }

  #finish({ storePath, files }: Extract<PublishEvent, { kind: "done" }>): void {
    const { total, read } = this.#sizes.get(storePath)!;
    this.#sizes.delete(storePath);
    this.#narBytes.passed += total - read;
    this.#done++;
    for (const { size, chunks } of files) {
      this.#sent.files++;
      this.#sent.bytes += size;
      this.#sent.chunks += chunks?.total ?? countChunks(size);
      this.#sent.new += chunks?.new ?? 0;
      // Undefined where the node does not tell: part of a sum would pass for all of it.
      this.#sent.counted &&= chunks !== undefined;
    }
    this.#show("");
  }

  #show(storePath: string): void {
    this.#progress.update(this.#done, this.#paths, `${this.describe()} ${storePath}`.trimEnd());
  }

  /** By the speed at which NARs were read until now: those that need no upload pass at once. */
  #describeLeft(): string {
    const elapsed = this.#now() - (this.#start ?? this.#now());
    if (elapsed < MIN_ELAPSED_MS || this.#narBytes.read <= 0) return "";
    const seconds = ((this.#narBytes.all - this.#narBytes.passed) / this.#narBytes.read) * (elapsed / 1000);
    return `, ${formatSeconds(seconds)} left`;
  }
}

function formatSeconds(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  return seconds < 5400 ? `${Math.ceil(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}
