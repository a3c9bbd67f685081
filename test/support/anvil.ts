import { spawn } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createInterface } from "node:readline";

const binary = createRequire(import.meta.url).resolve("@foundry-rs/anvil-linux-amd64/bin/anvil");

/** A real EVM chain (id 31337) on a free port of this machine, with accounts of its well-known mnemonic. */
export async function startAnvil(args: readonly string[] = []): Promise<{ rpcUrl: string; close(): Promise<void> }> {
  const child = spawn(binary, ["--port", "0", "--host", "127.0.0.1", ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const exited = once(child, "exit");
  const lines = createInterface({ input: child.stdout });
  const listening = new Promise<string>((resolve) => {
    lines.on("line", (line) => {
      const [, address] = /^Listening on (\S+)$/.exec(line) ?? [];
      if (address !== undefined) resolve(address);
    });
  });
  const failed = exited.then(([code]) => {
    throw new Error(`anvil ended with ${String(code)}`);
  });
  failed.catch(() => undefined); // it ends one day
  return {
    rpcUrl: `http://${await Promise.race([listening, failed])}`,
    async close() {
      child.kill("SIGKILL");
      await exited;
    },
  };
}
