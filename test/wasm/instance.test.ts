import { Worker } from "node:worker_threads";
import { expect } from "chai";
import { fileAddress } from "../../src/bmt/file-hasher.js";
import { toHex } from "../../src/encoding/hex.js";
import { memory, wasm } from "../../src/wasm/instance.js";
import { pseudoRandomBytes } from "../support/pseudo-random-bytes.js";

describe("the WebAssembly module", () => {
  it("keeps its memory where it is, whatever it hashes", () => {
    const buffer = wasm.memory.buffer;
    fileAddress(pseudoRandomBytes(5 << 20));
    expect(wasm.memory.buffer).to.equal(buffer);
    expect(memory.buffer).to.equal(buffer);
    expect(buffer.byteLength).to.equal(3 << 16);
  });

  it("has an instance of its own in a worker thread", async () => {
    const bytes = pseudoRandomBytes(600_000);
    const hasher = new URL("../../src/bmt/file-hasher.ts", import.meta.url).href;
    const worker = new Worker(
      `const { parentPort } = require("node:worker_threads");
       parentPort.once("message", async (bytes) => {
         const { tsImport } = await import("tsx/esm/api");
         const { fileAddress } = await tsImport(${JSON.stringify(hasher)}, ${JSON.stringify(import.meta.url)});
         parentPort.postMessage(fileAddress(bytes));
       });`,
      { eval: true },
    );
    const address = await new Promise<Uint8Array>((resolve, reject) => {
      worker.once("message", resolve).once("error", reject);
      worker.postMessage(bytes);
    });
    await worker.terminate();
    expect(toHex(address)).to.equal(toHex(fileAddress(bytes)));
  });
});
