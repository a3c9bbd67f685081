import { type Command, Option } from "commander";
import { getAddress, isAddress } from "ethers";
import { basename, resolve } from "node:path";
import { type AttestedRow, attestRows, type AttestTask, toAttestationRow } from "../../attest/attest-rows.js";
import { AttestedBuilds } from "../../attest/attested-builds.js";
import { countResults } from "../../attest/report.js";
import type { RowToAttest } from "../../attest/row-outcome.js";
import type { CheckedBatch, CheckedRow } from "../../consortium/check-batch.js";
import { compareBytes } from "../../encoding/bytes.js";
import { CatnixError } from "../../errors/catnix-error.js";
import { type Attestation, MAX_ATTESTATION_ROWS } from "../../members/attestation.js";
import type { Registry } from "../../registry/registry.js";
import { nativeSystem } from "../attest/native-system.js";
import { type Plan, type PlanOptions, planRows } from "../attest/plan-rows.js";
import { type WrittenAttestation, writeAttestation } from "../attest/write-attestation.js";
import type { Context } from "../context.js";
import { describeChecks, summarizeChecks } from "../describe-checks.js";
import { draftWithout } from "../draft-without.js";
import { plural } from "../format.js";
import { addExamples, collectValues, parseCount, withContext } from "../options.js";
import { Progress } from "../progress.js";
import { reviewBatch } from "../review-batch.js";
import { warnOfScope } from "../review-facts.js";

interface AttestOptions extends PlanOptions {
  readonly member: string;
  readonly jobs?: number;
  readonly leaveOut?: readonly string[];
  readonly withReferrers?: boolean;
  readonly draft?: string;
  readonly out?: string;
  readonly recheck?: boolean;
  readonly upload: boolean;
}

/** Rows looked at at a time where nobody says: a question to a cache costs little, a build takes the machine. */
const JOBS = { copy: 8, rebuild: 1 } as const;

export function addAttestCommand(program: Command): void {
  const attest = program
    .command("attest")
    .description("find out how a member can vouch for each row of a batch, and write it down")
    .argument("<batch>", "batch file")
    .requiredOption("--member <address>", "who vouches: the member's address in the registry")
    .addOption(new Option("--mode <mode>", "how to check").choices(["rebuild", "copy"]).default("rebuild"))
    .option(
      "--eval <expression>",
      "rebuild by the derivations of this Nix file or flake; else by those that the CAT lists",
    )
    .option("--attr <name>", "with --eval: an attribute of it; may be given again", collectValues, [])
    .option("--store <root>", "root of your own Nix store, as in `nix --store`; else /")
    .option("--timeout <seconds>", "how long a build may take; else four hours", parseCount)
    .option(
      "--nix-setting <line>",
      "a line of nix.conf for rebuilds, such as `cores = 4`; may be given again",
      collectValues,
      [],
    )
    .option(
      "--builder <url>",
      "compare with this binary cache what is not rebuilt; may be given again",
      collectValues,
      [],
    )
    .option(
      "--builder-key <key>",
      "whose signatures count there, as in trusted-public-keys; may be given again",
      collectValues,
      [],
    )
    .option("--jobs <n>", "rows looked at at a time; else 1, with --mode copy 8", parseCount)
    .option("--leave-out <paths...>", "first make a new draft without these store paths, and attest that one")
    .option("--with-referrers", "with --leave-out: leave out also what refers to them")
    .option("--draft <file>", "with --leave-out: the new batch file")
    .option("--out <folder>", "where the attestation, the report and what is kept go; else <batch>-attestation")
    .option("--recheck", "look also at what was found out by an earlier run")
    .option("--no-upload", "do not put the attestation on Swarm")
    .action(async (file: string, options: AttestOptions, command: Command) =>
      withContext(command, (context) => attestCommand(context, file, options)),
    );
  addExamples(
    attest,
    "attest batch-12.json --member 0x… --mode copy --builder https://cache.nixos.org --builder-key cache.nixos.org-1:6NCH…",
    "attest batch-12.json --member 0x… --eval ./default.nix --attr jq",
    "attest batch-12.json --member 0x… --eval nixpkgs#jq --jobs 2",
    "attest batch-12.json --member 0x… --leave-out /nix/store/…-jq-1.7 --draft batch-12b.json",
    "attest batch-12.json --member 0x… --json | jq '.rows[] | select(.result != \"copied\")'",
  );
}

async function attestCommand(context: Context, given: string, asked: AttestOptions): Promise<void> {
  if (!isAddress(asked.member)) throw new CatnixError("USAGE", { reason: "--member wants an Ethereum address" });
  const options = { ...asked, member: getAddress(asked.member) };
  const file = await leaveOutFirst(context, given, options);
  const batch = await reviewBatch(context, file);
  const { registry, checked } = batch;
  const { members } = await registry.council();
  if (!members.includes(options.member))
    context.note(`${options.member} is not a member of the registry: nobody will count what it vouches for`);
  const whose = { address: options.member, system: nativeSystem() };
  for (const warning of await warnOfScope(context, registry, checked, whose)) context.note(warning);
  const rows = checked.rows.flatMap((row) => (row.kind === "withdrawn" ? [] : [toRow(row)]));
  if (rows.length > MAX_ATTESTATION_ROWS)
    throw new CatnixError("USAGE", { reason: `an attestation has at most ${MAX_ATTESTATION_ROWS} rows` });
  const folder = resolve(options.out ?? `${basename(file, ".json")}-attestation`);
  const { tasks, isReusable, nix } = await planRows(context, batch, rows, options, folder);
  const attested = await lookAtRows(context, tasks, { ...options, isReusable });
  const { storeDir } = context.config;
  const attestation = makeAttestation(registry, checked, attested, { member: options.member, storeDir, nix });
  const written = await writeAttestation(context, attestation, attested, { folder, upload: options.upload });
  printAttestation(context, attestation, attested, written);
}

/** Its record is read when it is asked for: those of a hundred thousand rows take room. */
function toRow({ row: { nixId, swarmId }, held }: Exclude<CheckedRow, { kind: "withdrawn" }>): RowToAttest {
  return {
    nixId,
    swarmId,
    get record() {
      return held.record;
    },
  };
}

/** @returns the batch file to attest */
async function leaveOutFirst(context: Context, given: string, options: AttestOptions): Promise<string> {
  const { leaveOut, withReferrers, draft } = options;
  if (leaveOut === undefined) {
    if (draft !== undefined || withReferrers)
      throw new CatnixError("USAGE", { reason: "--draft and --with-referrers are for --leave-out" });
    return given;
  }
  if (draft === undefined)
    throw new CatnixError("USAGE", { reason: "--leave-out makes a new draft: name it by --draft" });
  const made = await draftWithout(context, await reviewBatch(context, given), leaveOut, { out: draft, withReferrers });
  for (const path of made.leftOut) context.note(`left out ${path}`);
  context.note(`draft ${made.file}: batch ${made.batch.seq} with ${plural(made.batch.rows, "row")}`);
  return made.file;
}

async function lookAtRows(
  context: Context,
  tasks: readonly AttestTask[],
  options: AttestOptions & Pick<Plan, "isReusable">,
): Promise<AttestedRow[]> {
  const { member, mode, jobs = JOBS[mode], recheck, isReusable } = options;
  const memory = context.keep(new AttestedBuilds(context.stateFile("attested.sqlite"), member, mode));
  using progress = new Progress(context, "rows", tasks.length);
  const attested = await attestRows(tasks, {
    ...{ jobs, memory, isReusable, recheck, signal: context.signal },
    onProgress: ({ done, of, storePath, outcome }) => {
      if (outcome.result === "differs" || outcome.result === "failed")
        context.note(`${outcome.result}: ${storePath}: ${outcome.reason ?? ""}`);
      progress.update(done, of, storePath);
    },
  });
  // Tasks put the outputs of a derivation together; an attestation has the delta's order.
  return attested.sort((a, b) => compareBytes(a.row.nixId, b.row.nixId));
}

function makeAttestation(
  { id: { chainId, registry } }: Registry,
  { batch: { seq, delta }, digest }: CheckedBatch,
  attested: readonly AttestedRow[],
  { member, storeDir, nix }: { member: string; storeDir: string; nix: string | undefined },
): Attestation {
  const time = Math.floor(Date.now() / 1000);
  const rows = attested.map((row) => toAttestationRow(row, storeDir));
  return { chainId, registry, seq, digest, delta, member, system: nativeSystem(), nix, time, rows };
}

/** @throws CatnixError BATCH_NOT_VOUCHED where something differs or failed */
function printAttestation(
  context: Context,
  attestation: Attestation,
  attested: readonly AttestedRow[],
  { file, report, address }: WrittenAttestation,
): void {
  const { seq, digest, member, rows } = attestation;
  const { storeDir } = context.config;
  const counts = countResults(rows);
  const remembered = attested.filter(({ isRemembered }) => isRemembered).length;
  const json = rows.map((row) => ({ storePath: `${storeDir}/${row.nixId}-${row.name}`, ...row }));
  context.print(
    { seq, digest, member, counts, remembered, file, report, address, rows: json },
    [
      describeChecks(attestation, { storeDir, colors: context.colors }),
      "",
      `rows       ${plural(rows.length, "row")}: ${summarizeChecks(rows)}${remembered > 0 ? ` (${remembered} found out by an earlier run)` : ""}`,
      `attested   ${file}${address === undefined ? ", not uploaded" : ""}`,
      ...(address === undefined ? [] : [`on Swarm   ${address}`]),
      `report     ${report}`,
    ].join("\n"),
  );
  const { differs = 0, failed = 0 } = counts;
  if (differs + failed > 0) throw new CatnixError("BATCH_NOT_VOUCHED", { differs, failed, rows: rows.length, report });
}
