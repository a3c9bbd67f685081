// A publisher of NARs.
import { FileHasher } from "../../src/bmt/file-hasher.js";
import { drain } from "../../src/encoding/drain.js";
import { encodeNarFile } from "../../src/nar-file/encode-nar-file.js";
import { hashNar, hashStream } from "../../src/nix/hash-stream.js";
import { writeNar } from "../../src/nix/nar-write.js";
import type { PathInfo } from "../../src/nixdb/path-info.js";
import { compressNar } from "../../src/publisher/compress-nar.js";
import { readStoreNar } from "../../src/publisher/read-nar.js";
import { BeeStore } from "../../src/swarm/bee-store.js";
import { serveHandlers } from "../support/worker.js";
import { syntheticNar } from "./synthetic-nar.js";

let store: BeeStore;
const never = new AbortController().signal;

const handlers = {
  open({ swarmUrl }: { swarmUrl: string }): void {
    store = new BeeStore({ url: swarmUrl, batchId: "0".repeat(64) });
  },

  /** What `catnix publish` does with the bytes of one path: read, check, list, mask, cut, compress, hash, address, store. */
  async publish({
    realPath,
    storePath,
    references,
  }: Record<"realPath" | "storePath", string> & { references: string[] }) {
    const { sha256, size } = await hashNar(writeNar(realPath));
    const info: PathInfo = { storePath, references, narHash: sha256, narSize: size, sigs: [], registrationTime: 0 };
    const start = performance.now();
    const file = hashStream(compressNar(readStoreNar(info, realPath, never), info, 9));
    const { size: fileSize } = await store.write(file);
    return { seconds: (performance.now() - start) / 1000, narSize: size, fileSize };
  },

  /** Encodes a NAR that is nowhere, and addresses the file. */
  async encode({ size, references }: { size: number; references: string[] }) {
    const start = performance.now();
    const hasher = new FileHasher();
    const file = encodeNarFile(syntheticNar(size, references), { references });
    async function* address() {
      for await (const part of file) {
        hasher.update(part);
        yield part;
      }
    }
    await drain(address());
    return { seconds: (performance.now() - start) / 1000, fileSize: hasher.digest().size };
  },
};

export type Encoder = typeof handlers;
serveHandlers(handlers);
