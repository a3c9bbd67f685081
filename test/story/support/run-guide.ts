import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type CommandResult, runCommand } from "../../../scripts/lab/run-command.js";

const project = fileURLToPath(new URL("../../..", import.meta.url));

/**
 * The commands of a page: of every block marked `console` what stands behind `$ `, with the lines that belong to it, which are
 * those of a here-document or after a backslash.
 */
export function readCommands(page: string): string[] {
  const commands: string[] = [];
  for (const [, block] of page.matchAll(/^```console\n([\s\S]*?)^```$/gm)) {
    let ending: string | undefined;
    let goesOn = false;
    for (const line of block!.trimEnd().split("\n")) {
      const isPart = ending !== undefined || goesOn;
      if (isPart) commands.push(`${commands.pop()!}\n${line}`);
      else if (line.startsWith("$ ")) commands.push(line.slice(2));
      else continue; // what the command prints
      if (ending === undefined) ending = /<<'?(\w+)'?/.exec(line)?.[1];
      else if (line === ending) ending = undefined;
      goesOn = ending === undefined && line.endsWith("\\");
    }
  }
  return commands;
}

/**
 * Runs the commands of a page of docs/guide, one after the other in one bash, as a reader would who types them. The first that
 * fails ends it; what runs in the background is ended with it.
 * @param folder an empty folder to run them in
 * @param environment what the page tells its reader to set
 */
export async function runGuide(
  name: string,
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<CommandResult> {
  const commands = readCommands(await readFile(join(project, "docs/guide", name), "utf8"));
  const programs = join(folder, "programs");
  await mkdir(programs, { recursive: true });
  await symlink(join(project, "bin/catnix.js"), join(programs, "catnix"));
  const script = join(folder, "guide.sh");
  // Job control, as in a shell that somebody types in: %1 is then a job, and it has a group of its own.
  const head = ["set -meo pipefail", "trap 'kill $(jobs -p) 2> /dev/null || true; wait' EXIT", `cd ${folder}`];
  await writeFile(script, `${[...head, ...commands].join("\n")}\n`);
  const env = { HOME: folder, ...environment, PATH: `${programs}:${environment["PATH"] ?? process.env["PATH"]!}` };
  return runCommand("bash", [script], { env });
}
