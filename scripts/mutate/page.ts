import type { Mutant } from "./mutants.js";
import type { Fate, Result } from "./results.js";

const HEAD = `# Mutants of the contract

Each mutant is the contract with one small change: another operator, a condition that always or never holds, a statement left out,
a number one higher, two arguments swapped, one variable in place of another of its type. A test should fail for each. \`npm run
mutate\` makes them, runs the tests of test/contracts against each, and writes this page: first the model with some 400 calls
(test/contracts/fuzz.test.ts), and for what that does not tell, all other tests. Mutants are compiled without the
optimizer; those that compile to the same code, or to none, are not tested.
`;

/** docs/audit/mutants.md. */
export function formatMutantsPage(
  mutants: readonly Mutant[],
  results: ReadonlyMap<Mutant, Result>,
  survivors: Readonly<Record<string, string>>,
): string {
  const count = (file: string, fate: Fate): number =>
    mutants.filter((one) => (file === "" || one.file === file) && results.get(one)?.fate === fate).length;
  const row = (name: string, file: string): string[] => {
    const [model, suites, alive] = [
      count(file, "killed by the model"),
      count(file, "killed by the suites"),
      count(file, "alive"),
    ];
    const tested = model + suites + alive;
    const apart = count(file, "same code") + count(file, "no contract");
    return [name, ...[tested, model, suites, alive, apart].map(String)];
  };
  const files = [...new Set(mutants.map(({ file }) => file))];
  const figures = table(
    ["file", "tested", "told by the model", "told by other tests", "alive", "same code or none"],
    [...files.map((file) => row(file.replace("contracts/", ""), file)), row("all", "")],
  );
  const alive = mutants.filter((one) => results.get(one)?.fate === "alive");
  const rows = alive.map(({ file, line, before, after, key }) => [
    `${file.replace(/.*\//, "")}:${line}`,
    `${code(before)} becomes ${code(after === "" ? "nothing" : after)}`,
    survivors[key] ?? "NOT EXPLAINED",
  ]);
  const list = rows.length === 0 ? "None.\n" : table(["where", "change", "why no test can tell"], rows);
  const missing = mutants.length - mutants.filter((one) => results.has(one)).length;
  const note = missing === 0 ? "" : `\n${missing} mutants were not tested yet: \`npm run mutate\` goes on with them.\n`;
  return `${HEAD}${note}\n${figures}\n## Those that live\n\n${list}`;
}

const code = (text: string): string => `\`${text.replaceAll("|", "\\|")}\``;

/** A table as prettier writes it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((_, i) => Math.max(3, ...[head, ...rows].map((row) => row[i]!.length)));
  const line = (row: readonly string[]): string => `| ${row.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |\n`;
  return [head, widths.map((width) => "-".repeat(width)), ...rows].map(line).join("");
}
