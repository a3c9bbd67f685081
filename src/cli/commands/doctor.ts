import type { Command } from "commander";
import type { ExplainedConfig } from "../../config/explain.js";
import { CatnixError } from "../../errors/catnix-error.js";
import type { Colors } from "../colors.js";
import type { Context } from "../context.js";
import type { Finding } from "../doctor/finding.js";
import { runChecks } from "../doctor/run-checks.js";
import { plural } from "../format.js";
import { addExamples, withExplainedConfig } from "../options.js";

interface DoctorOptions {
  readonly key: string[];
}

export function addDoctorCommand(program: Command): void {
  const doctor = program
    .command("doctor")
    .description("check configuration, disk, clock, chain, registry, Swarm, stamp, index, relay, keys and Nix")
    .option(
      "--key <file>",
      "a key to look at as well; may be given again",
      (file: string, files: string[]) => [...files, file],
      [],
    )
    .action(async (options: DoctorOptions, command: Command) =>
      withExplainedConfig(command, (context, explained) => doctorCommand(context, explained, options)),
    );
  addExamples(
    doctor,
    "doctor",
    "doctor --key member.json",
    "doctor --json | jq '.checks[] | select(.status != \"ok\")'",
  );
}

/** @throws CatnixError DOCTOR_FAILED after the answer, where a check failed; warnings alone are none */
async function doctorCommand(context: Context, explained: ExplainedConfig, { key }: DoctorOptions): Promise<void> {
  const checks = await runChecks(explained, key, context.signal);
  const failed = checks.filter(({ status }) => status === "fail").map(({ check }) => check);
  const warnings = checks.filter(({ status }) => status === "warn").length;
  const { colors } = context;
  context.print(
    { healthy: failed.length === 0, failed: failed.length, warnings, checks },
    checks.map((finding) => describe(finding, colors)).join("\n"),
  );
  if (failed.length > 0)
    throw new CatnixError("DOCTOR_FAILED", { failed: [...new Set(failed)], checks: checks.length });
  context.note(warnings === 0 ? "\nAll is well." : `\n${plural(warnings, "warning")}, nothing failed.`);
}

function describe({ check, status, message, hint }: Finding, { green, yellow, red, dim }: Colors): string {
  const color = { ok: green, warn: yellow, fail: red }[status];
  return `${color(status.padEnd(4))}  ${check.padEnd(13)}  ${message}${hint === undefined ? "" : ` ${dim("→")} ${hint}`}`;
}
