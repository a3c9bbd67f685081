import { type Command, InvalidArgumentError, Option } from "commander";
import { ZeroAddress } from "ethers";
import { existsSync } from "node:fs";
import { actDigest, contentOf } from "../../cat/act.js";
import { type ActFile, readActFile, type RegistryAct, writeActFile } from "../../consortium/act-file.js";
import { compareCouncils, isSameCouncil, makeCouncil } from "../../consortium/council-change.js";
import { placeNextAct, requireGoingOn } from "../../consortium/next-act.js";
import { isHex } from "../../encoding/hex.js";
import { CatnixError } from "../../errors/catnix-error.js";
import { NO_CHARTER } from "../../members/read-charter.js";
import { readCouncil } from "../../registry/council-file.js";
import type { CouncilState, Registry } from "../../registry/registry.js";
import type { Context } from "../context.js";
import { actToJson, describeAct, gatherActFacts } from "../describe-act.js";
import { parseAddress } from "../open-signer.js";
import { addExamples, parseCount, withContext } from "../options.js";

interface PrepareOptions {
  readonly out?: string;
  readonly days: number;
}

interface RotateOptions extends PrepareOptions {
  readonly council?: string;
  readonly add: string[];
  readonly remove: string[];
  readonly publishThreshold?: number;
  readonly councilThreshold?: number;
  readonly guardian?: string;
  readonly charter?: string;
}

interface RetireOptions extends PrepareOptions {
  readonly successor?: string;
  readonly successorChain?: bigint;
}

const collect = (text: string, before: string[]): string[] => [...before, parseAddress(text)];

export function addRotateCommands(registry: Command): void {
  const rotate = addPrepareOptions(registry.command("rotate"), "council")
    .description("prepare a change of the council: members, thresholds, guardian, charter")
    .option("--council <file>", "the whole council anew, as for deploy; guardian and charter stay where it names none")
    .option("--add <address>", "who joins, and has to sign too; may be given again", collect, [])
    .option("--remove <address>", "who leaves; may be given again", collect, [])
    .option("--publish-threshold <n>", "approvals that a batch needs", parseCount)
    .option("--council-threshold <n>", "approvals that any other act needs", parseCount)
    .option("--guardian <address>", "who may withdraw; `none` for nobody", parseGuardian)
    .option("--charter <address>", "Swarm address of the charter (`catnix charter publish`); `none`", parseCharter)
    .action(async (options: RotateOptions, command: Command) =>
      withContext(command, (context) => rotateCommand(context, options)),
    );
  addExamples(
    rotate,
    "registry rotate --add 0x… --charter <64 hex digits>",
    "registry rotate --remove 0x… --add 0x… --out lost-key.json",
    "registry rotate --council council.json --days 2",
  );

  const retire = addPrepareOptions(registry.command("retire"), "retirement")
    .description("prepare the registry's last act, after which it takes none")
    .option("--successor <address>", "the registry that comes after it, which nobody follows by itself", parseAddress)
    .addOption(new Option("--successor-chain <n>", "the successor's chain; else this one").argParser(parseChainId))
    .action(async (options: RetireOptions, command: Command) =>
      withContext(command, (context) => retireCommand(context, options)),
    );
  addExamples(retire, "registry retire --successor 0x… --successor-chain 100", "registry retire --json");
}

function addPrepareOptions(command: Command, name: string): Command {
  return command
    .option("--out <file>", `the file to be signed; else ${name}-<act>.json`)
    .option("--days <n>", "until its deadline, at most 7", parseDays, 6);
}

async function rotateCommand(context: Context, options: RotateOptions): Promise<void> {
  const registry = await context.registry();
  await requireGoingOn(registry);
  const [current, state] = [await registry.council(), await registry.state()];
  const council = options.council === undefined ? undefined : await readWholeCouncil(options.council, current);
  const next = makeCouncil(current, { ...options, council });
  if (isSameCouncil(compareCouncils(current, next)))
    throw new CatnixError("COUNCIL_UNCHANGED", { registry: registry.id.registry });
  const place = placeNextAct(state, options.days);
  await prepare(context, registry, { kind: "council", council: { ...place, ...next } }, options);
}

async function readWholeCouncil(file: string, current: CouncilState): Promise<CouncilState> {
  const absent = { guardian: current.guardian, charter: `0x${current.charter}` };
  const council = await readCouncil(file, absent);
  return { ...council, charter: council.charter.slice(2) };
}

async function retireCommand(context: Context, options: RetireOptions): Promise<void> {
  const { successor = ZeroAddress, successorChain } = options;
  if (successor === ZeroAddress && successorChain !== undefined)
    throw new CatnixError("USAGE", { reason: "give --successor with --successor-chain" });
  const registry = await context.registry();
  await requireGoingOn(registry);
  const { chainId, registry: address } = registry.id;
  const successorChainId = successor === ZeroAddress ? 0n : (successorChain ?? BigInt(chainId));
  if (successor === address && successorChainId === BigInt(chainId))
    throw new CatnixError("USAGE", { reason: "a registry cannot succeed itself" });
  const place = placeNextAct(await registry.state(), options.days);
  const retirement = { ...place, successorChainId, successor };
  await prepare(context, registry, { kind: "retirement", retirement }, options);
}

/** Writes the act's file and shows what it would change. A file that says the same stays, with the approvals in it. */
async function prepare(context: Context, registry: Registry, act: RegistryAct, { out }: PrepareOptions): Promise<void> {
  const file = out ?? `${act.kind}-${contentOf(act).seq}.json`;
  const wanted: ActFile = { registry: registry.id, act, approvals: [] };
  const found = existsSync(file) ? await readActFile(file) : undefined;
  if (found && !isSameBut(found, wanted)) throw new CatnixError("FILE_EXISTS", { file });
  if (!found) await writeActFile(file, wanted);
  const facts = await gatherActFacts(context, registry, found ?? wanted);
  const council = facts.council.councilThreshold;
  const joiners = facts.change?.difference.joins.length ?? 0;
  const whoSigns = `${council} of the members${joiners > 0 ? ` and by those who join (${joiners})` : ""}`;
  context.print(
    { file, unchanged: found !== undefined, needed: council, ...actToJson(facts) },
    `${describeAct(facts, context.colors)}\n\n${found ? `${file} was there already` : `written to ${file}`}; to be signed by ${whoSigns}: catnix registry sign ${file}`,
  );
}

/** Whether a file holds the same act, the deadline apart, and can still be signed. */
function isSameBut(found: ActFile, wanted: ActFile): boolean {
  const withoutDeadline = ({ registry, act }: ActFile) =>
    act.kind === "council"
      ? actDigest(registry, { kind: "council", council: { ...act.council, deadline: 0 } })
      : actDigest(registry, { kind: "retirement", retirement: { ...act.retirement, deadline: 0 } });
  return withoutDeadline(found) === withoutDeadline(wanted) && contentOf(found.act).deadline > Date.now() / 1000;
}

function parseGuardian(text: string): string {
  return text === "none" ? ZeroAddress : parseAddress(text);
}

function parseCharter(text: string): string {
  if (text === "none") return NO_CHARTER;
  if (!isHex(text, 32)) throw new InvalidArgumentError("64 lower-case hexadecimal digits, or none");
  return text;
}

function parseDays(text: string): number {
  if (!/^[1-7]$/.test(text)) throw new InvalidArgumentError("1 to 7");
  return Number(text);
}

function parseChainId(text: string): bigint {
  if (!/^[1-9][0-9]{0,77}$/.test(text) || BigInt(text) >= 2n ** 256n) throw new InvalidArgumentError("a chain's id");
  return BigInt(text);
}
