import type { Command } from "commander";
import { ZeroAddress } from "ethers";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { hasSecrets } from "../../config/endpoint-url.js";
import { CatnixError } from "../../errors/catnix-error.js";
import { writeFileWhole } from "../../files/write-file.js";
import { NO_CHARTER } from "../../members/read-charter.js";
import { connectChain } from "../../registry/connect.js";
import { readCouncil } from "../../registry/council-file.js";
import type { RetirementState } from "../../registry/registry.js";
import { deployRegistry } from "../../registry/transact.js";
import type { Context } from "../context.js";
import { formatTime } from "../format.js";
import { addExamples, addKeyOptions, type KeyOptions, openWallet, withContext } from "../options.js";
import { addHistoryCommand } from "./registry-history.js";
import { addMembersCommand } from "./registry-members.js";
import { addRotateCommands } from "./registry-rotate.js";
import { addSignCommands, showActCommand } from "./registry-sign.js";
import { addSignElsewhereCommands } from "./registry-sign-elsewhere.js";
import { addWithdrawCommand } from "./registry-withdraw.js";

interface DeployOptions extends KeyOptions {
  readonly council: string;
  readonly out?: string;
}

export function addRegistryCommand(program: Command): void {
  const registry = program.command("registry").description("the CAT registry contract");

  const deploy = addKeyOptions(registry.command("deploy"), "who pays")
    .description("deploy a registry with its founding council, and print what catnix.json needs")
    .requiredOption("--council <file>", "JSON: members, publishThreshold, councilThreshold, guardian?, charter?")
    .option("--out <file>", "write the configuration to this file as well; must not exist")
    .action(async (options: DeployOptions, command: Command) =>
      withContext(command, (context) => deployCommand(context, options)),
    );
  addExamples(deploy, "registry deploy --council council.json --key payer.json --out catnix.json");

  const show = registry
    .command("show")
    .description("where the registry stands; or what a file of `rotate` or `retire` would change, and who has signed")
    .argument("[file]", "a change of the council, or a retirement, to be signed")
    .action(async (file: string | undefined, _options: object, command: Command) =>
      withContext(command, (context) => (file === undefined ? showCommand(context) : showActCommand(context, file))),
    );
  addExamples(show, "registry show", "registry show --json | jq -r .root", "registry show council-7.json");
  addMembersCommand(registry);
  addHistoryCommand(registry);
  addRotateCommands(registry);
  addSignCommands(registry);
  addSignElsewhereCommands(registry);
  addWithdrawCommand(registry);
  addExamples(
    registry,
    "registry show",
    "registry rotate --add 0x… --out council.json",
    "registry sign council.json --key member.json",
    "registry submit council.json --key payer.json",
  );
}

async function deployCommand(context: Context, options: DeployOptions): Promise<void> {
  const { rpcUrl, chainId } = context.config.chain;
  if (options.out !== undefined && existsSync(options.out)) throw new CatnixError("FILE_EXISTS", { file: options.out });
  const council = await readCouncil(options.council);
  const chain = context.keep(await connectChain(rpcUrl, chainId, { signal: context.signal }));
  const wallet = await openWallet(options, context.signal);
  const { registry, block, gas } = await deployRegistry(
    chain,
    wallet.connect(chain.provider),
    council,
    context.noteSent,
  );
  // Configurations are passed on, and a URL may hold its owner's key.
  const isSecret = hasSecrets(rpcUrl);
  const config = { chain: { ...(!isSecret && { rpcUrl }), chainId: chain.chainId, registry, deploymentBlock: block } };
  if (options.out !== undefined) await writeFileWhole(options.out, `${JSON.stringify(config, undefined, 2)}\n`);
  context.print({ ...config, gas }, JSON.stringify(config, undefined, 2));
  if (isSecret) context.note("chain.rpcUrl is left out, because it may hold a secret: keep it in CATNIX_CHAIN_RPC_URL");
  context.note(`deployed with ${gas} gas${options.out === undefined ? "" : `; written to ${resolve(options.out)}`}`);
}

async function showCommand(context: Context): Promise<void> {
  const registry = await context.registry();
  const [state, alarm, council, retirement] = await Promise.all([
    registry.state(),
    registry.alarmState(),
    registry.council(),
    registry.retirement(),
  ]);
  const lines = [
    `registry   ${registry.id.registry} on chain ${registry.id.chainId}`,
    `act        ${state.seq}, ${formatTime(state.time)}`,
    `head       ${state.head}`,
    `root       ${state.cat.root}, depth ${state.cat.depth}`,
    ...(retirement ? [`retired    ${describeSuccessor(retirement)}`] : []),
    `alarms     ${alarm.alarms}`,
    `quorum     ${council.publishThreshold} of ${council.members.length} for a batch, ${council.councilThreshold} for anything else`,
    `guardian   ${council.guardian === ZeroAddress ? "none" : council.guardian}`,
    `charter    ${council.charter === NO_CHARTER ? "none" : council.charter}`,
    ...council.members.map((member, i) => `${i === 0 ? "members    " : "           "}${member}`),
  ];
  const { cat, ...rest } = state;
  const successor = retirement && { ...retirement, successorChainId: String(retirement.successorChainId) };
  context.print(
    { ...registry.id, ...rest, ...cat, ...alarm, ...council, retired: retirement !== undefined, ...successor },
    lines.join("\n"),
  );
}

function describeSuccessor({ successor, successorChainId }: RetirementState): string {
  if (successor === ZeroAddress) return "no further act; no successor is named";
  return `no further act; its successor is ${successor} on chain ${successorChainId}, to be followed only once you have chosen it`;
}
