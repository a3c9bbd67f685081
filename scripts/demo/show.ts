import pc from "picocolors";
import { formatTable } from "../../src/cli/format.js";

/** What the demo has seen; it is good where every row is. */
export class Summary {
  readonly #rows: { what: string; seen: string; ok: boolean }[] = [];
  readonly #started = Date.now();

  /** Starts a step. */
  step(title: string): void {
    console.log(`\n${pc.bold(pc.cyan(`[${this.#seconds()} s] ${title}`))}`);
  }

  note(text: string): void {
    console.log(
      text
        .trimEnd()
        .split("\n")
        .map((line) => `  ${line}`)
        .join("\n"),
    );
  }

  /** A command as a user would type it. */
  command(text: string): void {
    console.log(`  ${pc.bold(`$ ${text}`)}`);
  }

  /** Notes whether what should be is. */
  expect(what: string, ok: boolean, seen: string): void {
    this.#rows.push({ what, seen, ok });
    console.log(`  ${ok ? pc.green("✔") : pc.red("✘")} ${what}: ${seen}`);
  }

  /** @returns whether all of it held */
  print(): boolean {
    const rows = this.#rows.map(({ what, seen, ok }) => [ok ? pc.green("ok") : pc.red("FAILED"), what, seen]);
    console.log(`\n${formatTable(["", "what", "seen"], rows)}\n`);
    const failed = this.#rows.filter(({ ok }) => !ok).length;
    console.log(`${this.#rows.length - failed} held, ${failed} did not, in ${this.#seconds()} s`);
    return failed === 0;
  }

  #seconds(): string {
    return ((Date.now() - this.#started) / 1000).toFixed(0);
  }
}
