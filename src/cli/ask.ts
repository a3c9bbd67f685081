import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { CatnixError } from "../errors/catnix-error.js";
import { readPasswordFile } from "../keys/keystore.js";

/**
 * Asks for a yes. Where nobody can be asked, the answer is no.
 * @throws CatnixError NOT_CONFIRMED
 */
export async function confirm(question: string, action: string): Promise<void> {
  const answer = process.stdin.isTTY ? await ask(`${question} [y/N] `, process.stderr) : "";
  if (!/^y(es)?$/i.test(answer.trim())) throw new CatnixError("NOT_CONFIRMED", { action });
}

/**
 * The password of a key: from a file, else from the terminal without echo.
 * @throws CatnixError PASSWORD_NEEDED, FILE_UNREADABLE, KEY_FILE_OPEN
 */
export async function askPassword(keyFile: string, passwordFile: string | undefined): Promise<string> {
  if (passwordFile !== undefined) return readPasswordFile(passwordFile);
  if (!process.stdin.isTTY) throw new CatnixError("PASSWORD_NEEDED", { file: keyFile });
  process.stderr.write(`Password of ${keyFile}: `);
  const mute = new Writable({ write: (_chunk, _encoding, done) => done() });
  try {
    return await ask("", mute);
  } finally {
    process.stderr.write("\n");
  }
}

/** Ctrl-C at a question ends the command: an interface that nobody listens to would swallow it. */
async function ask(question: string, output: NodeJS.WritableStream): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output, terminal: true });
  const interrupted = new AbortController();
  terminal.once("SIGINT", () => interrupted.abort());
  try {
    return await terminal.question(question, { signal: interrupted.signal });
  } finally {
    terminal.close();
  }
}
