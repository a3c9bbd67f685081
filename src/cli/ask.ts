import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { CatnixError } from "../errors/catnix-error.js";
import { readPasswordFile } from "../keys/keystore.js";

/**
 * Asks for a yes. Where nobody can be asked, the answer is no.
 * @throws CatnixError NOT_CONFIRMED
 */
export async function confirm(question: string, action: string, signal?: AbortSignal): Promise<void> {
  const answer = process.stdin.isTTY ? await ask(`${question} [y/N] `, process.stderr, signal) : "";
  if (!/^y(es)?$/i.test(answer.trim())) throw new CatnixError("NOT_CONFIRMED", { action });
}

/**
 * The password of a key: from a file, else from the terminal without echo.
 * @throws CatnixError PASSWORD_NEEDED, FILE_UNREADABLE, KEY_FILE_OPEN
 */
export async function askPassword(
  keyFile: string,
  passwordFile: string | undefined,
  signal?: AbortSignal,
): Promise<string> {
  if (passwordFile !== undefined) return readPasswordFile(passwordFile);
  if (!process.stdin.isTTY) throw new CatnixError("PASSWORD_NEEDED", { file: keyFile });
  process.stderr.write(`Password of ${keyFile}: `);
  const mute = new Writable({ write: (_chunk, _encoding, done) => done() });
  try {
    return await ask("", mute, signal);
  } finally {
    process.stderr.write("\n");
  }
}

/** Ctrl-C at a question ends the command: an interface that nobody listens to would swallow it. */
async function ask(question: string, output: NodeJS.WritableStream, signal?: AbortSignal): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output, terminal: true });
  const interrupted = new AbortController();
  terminal.once("SIGINT", () => interrupted.abort());
  try {
    const either = signal ? AbortSignal.any([signal, interrupted.signal]) : interrupted.signal;
    return await terminal.question(question, { signal: either });
  } finally {
    terminal.close();
  }
}
