import { format } from "prettier";
import { measureAll, measureCode, measureFloor } from "./measure.js";

const INTRODUCTION = `# What the registry contract costs

Gas of whole transactions, the 21,000 of each included, on Hardhat's chain with the compiler settings of \`hardhat.config.ts\`.
_3 of 15_ means three approvals of a council of fifteen, all of them ECDSA. Batches and alarms are at steady state: the
registry has had one before, so that no slot is written for the first time. A batch costs the same at any number of rows.
\`isApproved\` is a view, and as a rule asked for nothing; where it and \`record\` cost the same, both cost what EIP-7623 asks at least for
the calldata of a long proof.
`;

const show = (gas: bigint | number) => gas.toLocaleString("en-GB");

/** docs/gas.md, formatted as Prettier has it. */
export async function formatGasPage(): Promise<string> {
  const figures = await measureAll();
  const { parts, gas } = await measureFloor();
  const measured = figures.find(({ call }) => call === "`publish`, 3 of 15")!.gas;
  const lines = [
    INTRODUCTION,
    "<!-- Written by `npm run gas` (scripts/gas.ts); `npm run gas -- --check` fails where it is stale. -->",
    "",
    "| call | gas |",
    "| --- | ---: |",
    ...figures.map((figure) => `| ${figure.call} | ${show(figure.gas)} |`),
    "",
    `The contract's code is ${show(await measureCode())} bytes; a contract may have 24,576.`,
    "",
    "## The floor of a batch",
    "",
    "What `publish`, 3 of 15, cannot cost less than, by the prices of the EVM:",
    "",
    "| part | gas |",
    "| --- | ---: |",
    ...parts.map(([what, part]) => `| ${what} | ${show(part)} |`),
    `| **together** | **${show(gas)}** |`,
    "",
    `The other ${show(measured - gas)} are decoding, checking, hashing the typed data, and the memory for it.`,
    "",
  ];
  return format(lines.join("\n"), { parser: "markdown", printWidth: 120, proseWrap: "preserve" });
}
