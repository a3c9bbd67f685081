import { format } from "prettier";
import { exitCodeOf } from "../../src/cli/report-error.js";
import type { ErrorDescriptor } from "../../src/errors/descriptor.js";
import { descriptors, type ErrorCode } from "../../src/errors/descriptors.js";
import { findTests } from "./find-tests.js";

const INTRODUCTION = `# Errors

Whatever a person, a network, a chain or a disk can cause is reported by a code and a number that never change their meaning,
with what happened and what to do:

\`\`\`console
$ catnix registry show
error: the RPC at http://127.0.0.1:8545 does not answer: connect ECONNREFUSED 127.0.0.1:8545 [RPC_UNAVAILABLE 4001]
hint: Check chain.rpcUrl and that the node runs.
\`\`\`

With \`--json\` the same is one line on standard error, \`{"error":{"code","number","message","hint","details"}}\`;
\`details\` are the words in angle brackets below. Logs and a relay's \`/ready\` and \`/metrics\` name the same
codes. What is wrong with the input of a command, and what then stays as it was, is listed in [bad-input.md](bad-input.md).

A command exits with 0 where it did what it was asked, 1 for an error below, 64 for wrong arguments, 130 or 143 where Ctrl-C or
SIGTERM ended it, and 2 for a mistake in catnix itself, which please report with the lines that it prints. \`verify\` and \`audit\` have
3 as well ([verifying.md](verifying.md#what-a-path-can-be)).
`;

const NOTE = `<!-- Written by \`npm run errors\` from src/errors and test; a test fails where it is stale. After a merge that conflicts here,
take either side and run it again. -->`;

/** By the thousands of the number. */
const AREAS: Readonly<Record<number, string>> = {
  1: "Nix\n\nStore paths, narinfo, NARs, signatures and the Nix database: what comes from a Nix store or claims to.",
  2: "Swarm\n\nChunks and files of Swarm, the nodes that hold them, and the embedded node.",
  3: "The CAT\n\nRows, records, deltas, packs and batches that break the format or the rules of docs/spec.md.",
  4: "The chain, and what its keys sign\n\nThe RPC endpoint, the registry contract and its history; owned chunks, feeds and sites on Swarm.",
  5: "catnix itself\n\nConfiguration, files, keys, local databases and the commands.",
};

/** docs/errors.md: every error of the tables in src/errors, with the tests that show it. */
export async function formatErrors(): Promise<string> {
  const codes = (Object.keys(descriptors) as ErrorCode[]).sort((a, b) => numberOf(a) - numberOf(b));
  const tests = await findTests(codes);
  const areas = [...Map.groupBy(codes, (code) => Math.floor(numberOf(code) / 1000))].map(([area, members]) =>
    [`## ${introduce(area)}`, ...members.map((code) => describe(code, tests.get(code)!))].join("\n\n"),
  );
  return format([INTRODUCTION, NOTE, ...areas].join("\n\n"), {
    parser: "markdown",
    printWidth: 120,
    proseWrap: "preserve",
  });
}

const numberOf = (code: ErrorCode): number => descriptors[code].number;

function introduce(area: number): string {
  const text = AREAS[area];
  if (text === undefined) throw new TypeError(`nothing says what the errors ${area}xxx are about: add it to AREAS`);
  return text;
}

/** A section and no table row, so that a longer hint does not change every line of the page. */
function describe(code: ErrorCode, tests: readonly string[]): string {
  const { number, message, hint, retryable }: ErrorDescriptor = descriptors[code];
  const exitCode = exitCodeOf(code);
  const facts = [
    ...(retryable ? ["It may pass by itself: what runs on tries again."] : []),
    ...(exitCode === 1 ? [] : [`Exit code ${exitCode}.`]),
  ];
  return [
    `### ${code}`,
    `${number}: \`\` ${message(nameFields() as never).replaceAll(/\s*\n\s*/g, " ")} \`\``,
    [escapeAngles(hint), ...facts].join(" "),
    `Shown by ${tests.map((file) => `\`${file}\``).join(", ")}.`,
  ].join("\n\n");
}

/** Markdown takes `<name>` for HTML, but for what stands in backticks. */
function escapeAngles(text: string): string {
  return text
    .split("`")
    .map((part, at) => (at % 2 === 0 ? part.replaceAll("<", "\\<") : part))
    .join("`");
}

/** Details of any error: a field's text is its name, whatever a message does with it. */
function nameFields(): object {
  return new Proxy({}, { get: (_details, field) => nameField(String(field)) });
}

/** @param owner what a call of the field gives, where it is a method: `problems.join("; ")` is still `<problems>` */
function nameField(name: string, owner?: unknown): unknown {
  const itself: unknown = new Proxy(() => undefined, {
    get: (_field, key) => {
      if (key === Symbol.toPrimitive || key === "toString" || key === "toJSON") return () => `<${name}>`;
      if (key === "map") return (describeOne: (one: unknown) => unknown) => [describeOne(itself)];
      return key === "length" ? undefined : nameField(String(key), itself);
    },
    apply: () => owner,
  });
  return itself;
}
