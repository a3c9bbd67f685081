import { rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { ensureBee } from "../../scripts/bee/ensure-bee.js";
import { startProgram } from "../support/start-program.js";
import { listProcessesOf, listLeftBehind, listStayingProcessesOf } from "../e2e/support/left-behind.js";
import { skipWithoutGo } from "../support/skip-without-go.js";

const script = fileURLToPath(new URL("../../scripts/start-bee.ts", import.meta.url));

/** What `npm run bee` prints. */
interface Facts {
  readonly chain: { rpcUrl: string; chainId: number };
  readonly nodes: readonly { name: string; url: string; pid: number }[];
  readonly batch: string;
  readonly folder: string;
}

describe("npm run bee", function () {
  this.timeout(120_000);

  before(async function () {
    this.timeout(900_000);
    await skipWithoutGo(this, () => ensureBee());
  });

  const start = async () => {
    const program = startProgram(script, ["--nodes", "1"]);
    const facts = JSON.parse((await program.nextLine())!) as Facts;
    return { program, facts };
  };

  it("prints a network that works, and takes it down by Ctrl-C", async () => {
    const { program, facts } = await start();
    expect(facts.nodes).to.have.length(1);
    const stamp = await fetch(`${facts.nodes[0]!.url}/stamps/${facts.batch}`);
    expect(await stamp.json()).to.include({ usable: true, immutableFlag: true });
    expect(await listProcessesOf(facts.folder)).to.have.length(2); // the chain and the node
    process.kill(program.pid, "SIGINT");
    expect(await program.nextLine()).to.equal(undefined);
    expect(await listLeftBehind(facts.folder)).to.deep.equal([]);
  });

  it("leaves no process where it is killed", async () => {
    const { program, facts } = await start();
    await program.kill();
    expect(await listStayingProcessesOf(facts.folder)).to.deep.equal([]);
    await rm(facts.folder, { recursive: true, force: true }); // which a kill -9 leaves
  });
});
