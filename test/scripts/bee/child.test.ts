import { join } from "node:path";
import { expect } from "chai";
import { type Child, startChild } from "../../../scripts/bee/child.js";
import { isLabError } from "../../../scripts/lab/lab-error.js";
import { makeTempFolder } from "../../support/temp-folder.js";

describe("startChild", () => {
  let folder: { path: string; remove(): Promise<void> };
  let child: Child | undefined;
  const start = async (script: string, signal?: AbortSignal) => {
    const options = { name: "it", logFile: join(folder.path, "log"), home: folder.path, signal };
    return (child = await startChild("/bin/sh", ["-c", script], options));
  };
  beforeEach(async () => {
    folder = await makeTempFolder();
  });
  afterEach(async () => {
    await child?.kill();
    child = undefined;
    await folder.remove();
  });

  it("waits until something is found in what it prints, to either stream", async () => {
    const it = await start('echo one; sleep 0.1; echo "two $HOME" >&2; sleep 60');
    const found = await it.until("two", async () => /two (.*)/.exec(await it.output())?.[1]);
    expect(found).to.equal(folder.path);
    expect(it.ended).to.equal(false);
    await it.kill();
    expect(it.ended).to.equal(true);
    await it.kill(); // again is no error
  });

  it("gives what it printed last where it ends before", async () => {
    const it = await start("echo the reason; exit 0");
    const error: unknown = await it
      .until("nothing", () => Promise.resolve(undefined))
      .catch((thrown: unknown) => thrown);
    expect(isLabError(error, "BEE_FAILED") && error.message).to.include("the reason");
  });

  it("ends waiting, not the program, where it is told to", async () => {
    const stop = new AbortController();
    const it = await start("sleep 60", stop.signal);
    const waiting = it.until("nothing", () => Promise.reject(new Error("not yet")));
    stop.abort(new Error("enough"));
    expect(await waiting.catch((error: unknown) => (error as Error).message)).to.equal("enough");
    expect(it.ended).to.equal(false);
  });

  it("fails where there is no such program", async () => {
    const options = { name: "it", logFile: join(folder.path, "log"), home: folder.path };
    const none = await startChild("/no/such/program", [], options).catch((error: unknown) => error);
    if (none instanceof Error) return; // without setpriv the program itself is not found
    child = none as Child;
    const error: unknown = await child.until("it", () => Promise.resolve(undefined)).catch((thrown: unknown) => thrown);
    expect(isLabError(error, "BEE_FAILED")).to.equal(true);
  });
});
