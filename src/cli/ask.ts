import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { CatnixError } from "../errors/catnix-error.js";
import { readPasswordFile } from "../keys/keystore.js";

/**
 * Asks for a yes. Where nobody can be asked, the answer is no.
 * @throws CatnixError NOT_CONFIRMED
 */
export async function confirm(question: string, action: string): Promise<void> {
  if (process.stdin.isTTY) {
    const terminal = createInterface({ input: process.stdin, output: process.stderr });
    try {
      if (/^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim())) return;
    } finally {
      terminal.close();
    }
  }
  throw new CatnixError("NOT_CONFIRMED", { action });
}

/**
 * The password of a key: from a file, else from the terminal without echo.
 * @throws CatnixError PASSWORD_NEEDED, FILE_UNREADABLE, KEY_FILE_OPEN
 */
export async function askPassword(keyFile: string, passwordFile: string | undefined): Promise<string> {
  if (passwordFile !== undefined) return readPasswordFile(passwordFile);
  if (!process.stdin.isTTY) throw new CatnixError("PASSWORD_NEEDED", { file: keyFile });
  const muted = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: muted, terminal: true });
  process.stderr.write(`Password of ${keyFile}: `);
  try {
    return await terminal.question("");
  } finally {
    terminal.close();
    process.stderr.write("\n");
  }
}
