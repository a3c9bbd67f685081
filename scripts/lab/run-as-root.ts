import { runCommand, type CommandResult } from "./run-command.js";

/** Runs a program as root, by sudo where that asks for no password; undefined where this user may not. */
export async function runAsRoot(program: string, args: readonly string[]): Promise<CommandResult | undefined> {
  if (process.getuid?.() === 0) return runCommand(program, args);
  const allowed = await runCommand("sudo", ["-n", "true"]);
  return allowed.code === 0 ? runCommand("sudo", ["-n", program, ...args]) : undefined;
}
