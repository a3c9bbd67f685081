import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { ensureClef } from "../../../scripts/clef/ensure-clef.js";
import { createKeystore } from "../../../src/keys/keystore.js";

/** What clef asks of the person before it, by JSON-RPC on its standard streams (cmd/clef/extapi_changelog.md, `--stdio-ui`). */
interface Question {
  readonly id?: number;
  readonly method: string;
  readonly params: readonly [Record<string, unknown>];
}

/** What clef showed of typed data. */
export interface Shown {
  readonly address: string;
  /** `0x` and 64 hex digits: what is signed. */
  readonly hash: string;
  /** Domain and message, each with its fields. */
  readonly messages: readonly {
    readonly name: string;
    readonly value: readonly { readonly name: string; readonly value: string }[];
  }[];
}

/** A person before clef. */
export interface Person {
  approves: boolean;
  password: string;
}

/** The real clef on a port of this machine, and the person who is asked. */
export interface Clef {
  readonly url: string;
  readonly person: Person;
  /** What it asked to be approved, in order. */
  readonly shown: readonly Shown[];
  close(): Promise<void>;
}

/**
 * @param folder an empty one, for its keystore and configuration
 * @throws LabError GO_MISSING, GO_BUILD_FAILED
 */
export async function startClef(folder: string, { key, chainId }: { key: string; chainId: number }): Promise<Clef> {
  const program = await ensureClef();
  const [keystore, config] = [join(folder, "keystore"), join(folder, "config")];
  const person: Person = { approves: true, password: "clef's password" };
  await createKeystore(join(keystore, "key.json"), person.password, { privateKey: key, fast: true });
  const settings = { keystore, configdir: config, chainid: String(chainId), auditlog: "" };
  const listening = { "http.addr": "127.0.0.1", "http.port": "0" };
  const named = Object.entries({ ...settings, ...listening }).map(([name, value]) => `--${name}=${value}`);
  const flags = ["--lightkdf", "--nousb", "--ipcdisable", "--http", "--stdio-ui", "--suppress-bootwarn"];
  const child = spawn(program, [...named, ...flags], { stdio: ["pipe", "pipe", "ignore"] });
  const closed = once(child, "close");
  const shown: Shown[] = [];
  const url = await new Promise<string>((resolve, reject) => {
    child.on("error", reject).on("close", () => reject(new Error("clef ended")));
    createInterface(child.stdout).on("line", (line) => {
      const { id, method, params } = JSON.parse(line) as Question;
      if (method === "ui_onSignerStartup") resolve((params[0]["info"] as { extapi_http: string }).extapi_http);
      if (method === "ui_approveSignData") shown.push(params[0] as unknown as Shown);
      if (id === undefined) return;
      const result = method === "ui_onInputRequired" ? { text: person.password } : { approved: person.approves };
      child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", id, result })}\n`);
    });
  });
  return {
    url,
    person,
    shown,
    async close() {
      child.kill("SIGKILL");
      await closed;
    },
  };
}
