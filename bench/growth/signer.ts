// A member: checks, describes and signs batches as `catnix batch sign` does.
import { Wallet } from "ethers";
import { NO_COLORS } from "../../src/cli/colors.js";
import { describeChecked } from "../../src/cli/describe-batch.js";
import { readBatchFile, writeBatchFile } from "../../src/consortium/batch-file.js";
import { checkBatch } from "../../src/consortium/check-batch.js";
import { signBatch } from "../../src/consortium/sign-batch.js";
import { batchFiles, mergeFiles } from "../../src/consortium/signed-file.js";
import { Registry } from "../../src/registry/registry.js";
import { BeeStore } from "../../src/swarm/bee-store.js";
import { serveHandlers } from "../support/worker.js";
import type { Places } from "./publisher.js";

let registry: Registry;
let store: BeeStore;

const handlers = {
  async open({ rpcUrl, registry: id, swarmUrl }: Places): Promise<void> {
    registry = await Registry.open(rpcUrl, id);
    store = new BeeStore({ url: swarmUrl });
  },

  /** @returns characters of what the member would read */
  async sign({ file, key }: { file: string; key: string }): Promise<number> {
    const content = await readBatchFile(file);
    const checked = await checkBatch(content.batch, { registry, store, storeDir: "/nix/store" });
    const shown = describeChecked(checked, NO_COLORS).length;
    const approval = await signBatch(checked, new Wallet(key), registry);
    const merged = mergeFiles(batchFiles, [{ file, content }]);
    await writeBatchFile(file, { ...merged, approvals: [...merged.approvals, approval] });
    return shown;
  },
};

export type Signer = typeof handlers;
serveHandlers(handlers);
