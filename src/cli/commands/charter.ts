import type { Command } from "commander";
import { fileAddress } from "../../bmt/file-hasher.js";
import { toHex } from "../../encoding/hex.js";
import { CatnixError } from "../../errors/catnix-error.js";
import { readSmallFile } from "../../files/read-file.js";
import { writeFileWhole } from "../../files/write-file.js";
import {
  type Charter,
  type CharterMember,
  formatCharter,
  MAX_CHARTER_SIZE,
  parseCharter,
} from "../../members/charter.js";
import { compareCouncil } from "../../members/compare-council.js";
import { readMemberFile } from "../../members/member-file.js";
import { readRegistryCharter } from "../../members/read-charter.js";
import { sortAddresses } from "../../registry/council-file.js";
import type { Context } from "../context.js";
import { takeCharter } from "../take-charter.js";
import { describeCharter, describeDifference } from "../describe-charter.js";
import { plural } from "../format.js";
import { addExamples, collectValues, withContext } from "../options.js";
import { preparePostage } from "../prepare-postage.js";
import { addCharterMemberCommand } from "./charter-member.js";

interface CreateOptions {
  readonly name?: string;
  readonly member: string[];
  readonly system: string[];
  readonly from?: string;
  readonly without: string[];
  readonly out: string;
}

export function addCharterCommand(program: Command): void {
  const charter = program
    .command("charter")
    .description("the member directory that a council names: who they are, and their public keys");
  addCharterMemberCommand(charter);

  const create = charter
    .command("create")
    .description("put members' entries together to a charter")
    .option("--name <text>", "the consortium's name; else that of --from")
    .option(
      "--member <file>",
      "a member's entry, replacing an older one of --from; may be given again",
      collectValues,
      [],
    )
    .option(
      "--system <system>",
      "what the CAT has builds for, such as x86_64-linux; may be given again",
      collectValues,
      [],
    )
    .option("--from <charter>", "take name, systems and entries over from this charter: a file, or an address on Swarm")
    .option("--without <name>", "leave this member's entry of --from out; may be given again", collectValues, [])
    .option("--out <file>", "the charter", "charter.json")
    .action(async (options: CreateOptions, command: Command) =>
      withContext(command, (context) => createCommand(context, options)),
    );
  addExamples(
    create,
    "charter create --name 'Nix for universities' --member uni.member.json --member acme.member.json",
    "charter create --from charter.json --member uni.member.json --without acme --out charter-2.json",
  );

  const show = charter
    .command("show")
    .description("show a charter, and where it and the registry's council differ")
    .argument("[charter]", "a file, or an address on Swarm; else the one that the registry's council names")
    .action(async (given: string | undefined, _options: object, command: Command) =>
      withContext(command, (context) => showCommand(context, given)),
    );
  addExamples(show, "charter show", "charter show charter.json", "charter show --json | jq -r '.members[].name'");

  const publish = charter
    .command("publish")
    .description("upload a charter, and print the address for `registry rotate --charter`")
    .argument("<file>", "the charter")
    .action(async (file: string, _options: object, command: Command) =>
      withContext(command, (context) => publishCommand(context, file)),
    );
  addExamples(publish, "charter publish charter.json", "charter publish charter.json --json | jq -r .address");
  addExamples(
    charter,
    "charter member --name acme --key member.json",
    "charter create --name 'Nix for universities' --member uni.member.json --member acme.member.json",
    "charter publish charter.json",
    "charter show",
  );
}

async function createCommand(context: Context, options: CreateOptions): Promise<void> {
  const base = options.from === undefined ? undefined : await takeCharter(context, options.from);
  const name = options.name ?? base?.name;
  if (name === undefined) throw new CatnixError("USAGE", { reason: "give the consortium's --name" });
  const given = await Promise.all(options.member.map(readMemberFile));
  const kept = takeOver(base?.members ?? [], given, options.without);
  const systems = options.system.length > 0 ? [...new Set(options.system)].sort() : base?.systems;
  const charter: Charter = {
    ...{ format: "catnix-charter/1", name, storeDir: base?.storeDir ?? context.config.storeDir },
    ...(systems && { systems }),
    members: sortMembers([...kept, ...given]),
  };
  const bytes = formatCharter(charter);
  await writeFileWhole(options.out, bytes);
  const address = toHex(fileAddress(bytes));
  context.print(
    { file: options.out, address, members: charter.members.map(({ name }) => name) },
    `${options.out}: a charter of ${plural(charter.members.length, "member")}; catnix charter publish gives it the address ${address}`,
  );
}

/** Entries of an older charter that stay. @throws CatnixError USAGE where a name to leave out is not there */
function takeOver(
  members: readonly CharterMember[],
  given: readonly CharterMember[],
  without: readonly string[],
): CharterMember[] {
  const unknown = without.find((name) => !members.some((member) => member.name === name));
  if (unknown !== undefined) throw new CatnixError("USAGE", { reason: `--from has no entry of ${unknown}` });
  const isReplaced = ({ name, address }: CharterMember) =>
    given.some((member) => member.name === name || member.address === address);
  return members.filter((member) => !without.includes(member.name) && !isReplaced(member));
}

function sortMembers(members: readonly CharterMember[]): CharterMember[] {
  const order = sortAddresses(members.map(({ address }) => address));
  return [...members].sort((a, b) => order.indexOf(a.address) - order.indexOf(b.address));
}

async function showCommand(context: Context, given: string | undefined): Promise<void> {
  if (given === undefined) return showOfRegistry(context);
  const charter = await takeCharter(context, given);
  const address = toHex(fileAddress(formatCharter(charter)));
  // A charter may be looked at before there is a registry, and without a chain.
  const council = context.config.chain.registry === undefined ? undefined : await (await context.registry()).council();
  const difference = council && compareCouncil(charter, council.members);
  const lines = difference ? describeDifference(difference) : [];
  context.print(
    { address, ...charter, ...(council && { named: council.charter === address, ...difference }) },
    [describeCharter(charter, address), ...(lines.length > 0 ? ["", ...lines] : [])].join("\n"),
  );
}

/** The registry's own charter has to fit its council: it is printed in any case, then comes the error. */
async function showOfRegistry(context: Context): Promise<void> {
  const found = await context.wait("the charter", readRegistryCharter(await context.registry(), context.store()));
  const { charter, address, members } = found;
  const difference = compareCouncil(charter, members);
  const lines = describeDifference(difference);
  context.print(
    { address, ...charter, named: true, ...difference },
    [describeCharter(charter, address), ...(lines.length > 0 ? ["", ...lines] : [])].join("\n"),
  );
  if (lines.length > 0) throw new CatnixError("CHARTER_DIFFERS", { ...difference });
}

async function publishCommand(context: Context, file: string): Promise<void> {
  const bytes = await readSmallFile(file, MAX_CHARTER_SIZE);
  const { members } = parseCharter(bytes, file);
  await preparePostage(context);
  const { address } = await context.wait("the Swarm node", context.store().write(bytes));
  context.print({ address, file, members: members.map(({ name }) => name) }, address);
  context.note("the council names it from now on with: catnix registry rotate --charter " + address);
}
