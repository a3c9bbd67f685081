import { expect } from "chai";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startAnvil } from "../../../src/cli/dev/anvil.js";
import { connectChain } from "../../../src/registry/connect.js";
import { listProcessesOf } from "../../e2e/support/left-behind.js";
import { makeTempFolder } from "../../support/temp-folder.js";

describe("cli: the chain of catnix dev", function () {
  this.timeout(30_000);

  it("keeps its blocks also where it is killed itself, as by a power cut", async () => {
    const folder = await makeTempFolder();
    try {
      const options = { stateFile: join(folder.path, "chain.json"), port: 0, chainId: 31_337 };
      const first = await startAnvil(options);
      await call(first.rpcUrl, "anvil_mine", "0x3");
      await sleep(2500); // it saves every second
      const [found] = await listProcessesOf(options.stateFile);
      process.kill(Number.parseInt(found!), "SIGKILL");
      await first.close();

      const second = await startAnvil(options);
      expect(await call(second.rpcUrl, "eth_blockNumber")).to.equal("0x3");
      await second.close();
      expect(await listProcessesOf(folder.path)).to.deep.equal([]);
    } finally {
      await folder.remove();
    }
  });
});

async function call(rpcUrl: string, method: string, ...params: unknown[]): Promise<unknown> {
  const { provider, close } = await connectChain(rpcUrl);
  try {
    return await provider.send(method, params);
  } finally {
    close();
  }
}
