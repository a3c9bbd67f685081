import { type Attestation, type AttestationResult, type AttestationRow, RESULTS } from "../members/attestation.js";

/** What each result means, in a few words; docs/attesting.md says more. */
export const MEANINGS: Readonly<Record<AttestationResult, string>> = {
  rebuilt: "built again here, with the same NarHash",
  copied: "the same as a named builder signed",
  addressed: "the store path follows from the contents",
  differs: "another build of the same path exists",
  failed: "could not be found out",
  skipped: "not looked at",
};

/** Results that somebody has to look at, the gravest first. */
const GRAVE: readonly AttestationResult[] = ["differs", "failed", "skipped"];
/** Those that vouch, what was looked at hardest first. */
const GOOD: readonly AttestationResult[] = ["rebuilt", "copied", "addressed"];

/** Rows as a person reads them: what to look at first, what vouches after that, and of each result by name. */
export function sortRows(rows: readonly AttestationRow[]): AttestationRow[] {
  const rank = new Map([...GRAVE, ...GOOD].map((result, at) => [result, at]));
  return rows.toSorted(
    (one, other) =>
      rank.get(one.result)! - rank.get(other.result)! || (one.name < other.name ? -1 : one.name > other.name ? 1 : 0),
  );
}

/** How many rows have which result, those that no row has left out. */
export function countResults(rows: readonly AttestationRow[]): Partial<Record<AttestationResult, number>> {
  const counts: Partial<Record<AttestationResult, number>> = {};
  for (const result of RESULTS) {
    const count = rows.filter((row) => row.result === result).length;
    if (count > 0) counts[result] = count;
  }
  return counts;
}

/** How a row was checked, in a few words: by which derivation, whose signature, or what is wrong. */
export function describeHow({ result, deriver, builder, builderKey, foundNarHash, reason }: AttestationRow): string {
  const key = builderKey?.split(":")[0];
  const by = builder === undefined ? deriver : `${builder}${key === undefined ? "" : `, signed by ${key}`}`;
  const other = foundNarHash === undefined ? undefined : `found ${foundNarHash}`;
  return [reason, other, result === "addressed" ? undefined : by].filter((part) => part !== undefined).join("; ");
}

export interface ReportOptions {
  readonly storeDir: string;
  /** Swarm address of the attestation; undefined where it was not uploaded. */
  readonly address?: string | undefined;
  /** What was kept of a row, as a link from the report's folder, by `nixId`. */
  readonly kept?: ReadonlyMap<string, string> | undefined;
}

/** An attestation for people, in Markdown: first what somebody has to look at. */
export function formatReport(attestation: Attestation, { storeDir, address, kept = new Map() }: ReportOptions): string {
  const { seq, digest, delta, chainId, registry, member, system, nix, time, rows } = attestation;
  const facts: [string, string | undefined][] = [
    ["batch", `${seq}, digest \`${digest}\``],
    ["delta", `\`${delta}\``],
    ["registry", `\`${registry}\` on chain ${chainId}`],
    ["member", `\`${member}\``],
    ["system", nix === undefined ? system : `${system}, ${nix}`],
    ["time", new Date(time * 1000).toISOString()],
    ["attestation", address === undefined ? "attestation.json, not uploaded" : `\`${address}\` on Swarm`],
  ];
  const counts = Object.entries(countResults(rows)).map(([result, count]) => {
    return `| ${result} | ${count} | ${MEANINGS[result as AttestationResult]} |`;
  });
  const table = (picked: readonly AttestationRow[]) => [
    "| result | store path | NarHash | how |",
    "| --- | --- | --- | --- |",
    ...picked.map((row) => {
      const { nixId, name, result, narHash } = row;
      const link = kept.get(nixId);
      const how = escape(describeHow(row)) + (link === undefined ? "" : ` ([kept](<${link}>))`);
      return `| ${result} | \`${storeDir}/${nixId}-${name}\` | \`${narHash}\` | ${how} |`;
    }),
  ];
  const sorted = sortRows(rows);
  const grave = sorted.filter(({ result }) => GRAVE.includes(result));
  const good = sorted.filter(({ result }) => GOOD.includes(result));
  return [
    `# Attestation of batch ${seq}`,
    facts.map(([name, fact]) => `- ${name}: ${fact}`).join("\n"),
    ["| result | rows | meaning |", "| --- | --- | --- |", ...counts].join("\n"),
    ...(grave.length > 0 ? ["## To look at", table(grave).join("\n")] : []),
    ...(good.length > 0 ? ["## Vouched for", table(good).join("\n")] : []),
    "",
  ].join("\n\n");
}

/** Foreign text in a cell of a table. */
function escape(text: string): string {
  return text.replace(/[\\`*_{}[\]<>()#+!|&~]/g, (character) => `\\${character}`);
}
