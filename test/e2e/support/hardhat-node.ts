import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type CommandResult, runCommand } from "../../../scripts/lab/run-command.js";

const project = fileURLToPath(new URL("../../..", import.meta.url));
const hardhat = fileURLToPath(new URL("../../../node_modules/.bin/hardhat", import.meta.url));
/** Runs `npx hardhat node --hostname 127.0.0.1` on a free port. */
export async function startHardhatNode(): Promise<{ rpcUrl: string; close(): Promise<void> }> {
  const child = spawn(process.execPath, [hardhat, "node", "--hostname", "127.0.0.1", "--port", "0"], {
    cwd: project,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const errors: string[] = [];
  child.stderr.on("data", (text: Buffer) => errors.push(text.toString()));
  const exited = once(child, "exit");
  const failed = exited.then(() => {
    throw new Error(`hardhat node ended: ${errors.join("")}`);
  });
  failed.catch(() => undefined); // it ends one day
  const listening = new Promise<string>((resolve) => {
    createInterface({ input: child.stdout }).on("line", (line) => {
      const url = /server at (http:\/\/127\.0\.0\.1:[0-9]+)/.exec(line)?.[1];
      if (url !== undefined) resolve(url);
    });
  });
  return {
    rpcUrl: await Promise.race([listening, failed]),
    async close() {
      child.kill("SIGTERM");
      await exited;
    },
  };
}

/** What `scripts/deploy.ts` prints last, and what `catnix.json` needs. */
export interface DeployedChain {
  readonly rpcUrl: string;
  readonly chainId: number;
  readonly registry: string;
  readonly deploymentBlock: number;
}

/** Runs `npx hardhat run scripts/deploy.ts --network localhost` against a node. */
export async function runDeployScript(rpcUrl: string): Promise<DeployedChain> {
  const { code, stdout, stderr } = await tryDeployScript(rpcUrl);
  if (code !== 0) throw new Error(`scripts/deploy.ts ended with ${code}: ${stderr}`);
  const last = stdout.trim().split("\n").at(-1)!;
  return (JSON.parse(last) as { chain: DeployedChain }).chain;
}

/** The same, whatever comes of it, with more in its environment. */
export function tryDeployScript(rpcUrl: string, more: Record<string, string> = {}): Promise<CommandResult> {
  const env = { ...process.env, HARDHAT_NODE_PORT: new URL(rpcUrl).port, ...more };
  const args = [hardhat, "run", "scripts/deploy.ts", "--network", "localhost", "--no-compile"];
  return runCommand(process.execPath, args, { cwd: project, env });
}
