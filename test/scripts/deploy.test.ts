import { expect } from "chai";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { connectChain, type Chain } from "../../src/registry/connect.js";
import { tryDeployScript } from "../e2e/support/hardhat-node.js";
import { startAnvil } from "../support/anvil.js";
import { makeTempFolder } from "../support/temp-folder.js";

/** Elsewhere than on a development chain the script founds what it is told, and nothing by default. */
describe("scripts/deploy.ts, on chain 100", function () {
  this.timeout(60_000);
  let anvil: Awaited<ReturnType<typeof startAnvil>>;
  let chain: Chain;
  let folder: Awaited<ReturnType<typeof makeTempFolder>>;
  before(async () => {
    folder = await makeTempFolder();
    anvil = await startAnvil(["--chain-id", "100"]);
    chain = await connectChain(anvil.rpcUrl);
  });
  after(async () => {
    chain.close();
    await anvil.close();
    await folder.remove();
  });

  async function refuse(code: string, env?: Record<string, string>): Promise<void> {
    const result = await tryDeployScript(anvil.rpcUrl, env);
    expect([result.code, result.stdout]).to.deep.equal([1, ""]);
    expect(result.stderr).to.include(`[${code}]`);
    expect(await chain.provider.getBlockNumber()).to.equal(0);
  }

  it("sends nothing without a council, or with one that is none", async () => {
    await refuse("COUNCIL_NEEDED");
    const file = join(folder.path, "council.json");
    await writeFile(file, JSON.stringify({ members: [], publishThreshold: 1, councilThreshold: 1 }));
    await refuse("COUNCIL_INVALID", { CATNIX_COUNCIL: file });
  });
});
