/**
 * Compares two Debian versions: negative where `a` is older, positive where it is newer, 0 where they are equal.
 * The order is that of deb-version(7).
 */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [splitVersion(a), splitVersion(b)];
  return (
    left.epoch - right.epoch ||
    compareParts(left.upstream, right.upstream) ||
    compareParts(left.revision, right.revision)
  );
}

/** `[epoch:]upstream[-revision]`: the upstream part may hold hyphens where there is a revision. */
function splitVersion(version: string): { epoch: number; upstream: string; revision: string } {
  const colon = version.indexOf(":");
  const rest = version.slice(colon + 1);
  const hyphen = rest.lastIndexOf("-");
  return {
    epoch: colon < 0 ? 0 : Number(version.slice(0, colon)),
    upstream: hyphen < 0 ? rest : rest.slice(0, hyphen),
    revision: hyphen < 0 ? "" : rest.slice(hyphen + 1),
  };
}

/** Text and number in turns, from the left: text by `rank`, numbers by value; what is missing is empty or zero. */
function compareParts(a: string, b: string): number {
  const [left, right] = [turns(a), turns(b)];
  for (let at = 0; at < Math.max(left.length, right.length); at++) {
    const [leftText, leftNumber] = left[at] ?? ["", 0n];
    const [rightText, rightNumber] = right[at] ?? ["", 0n];
    const order = compareText(leftText, rightText) || Number(leftNumber - rightNumber);
    if (order !== 0) return order;
  }
  return 0;
}

function turns(part: string): [string, bigint][] {
  return [...part.matchAll(/(\D*)(\d*)/g)].map(([, text, digits]) => [text ?? "", BigInt(digits ?? "")]);
}

function compareText(a: string, b: string): number {
  for (let at = 0; at < Math.max(a.length, b.length); at++) {
    const order = rank(a[at]) - rank(b[at]);
    if (order !== 0) return order;
  }
  return 0;
}

/** `~` sorts before everything, even the end; letters sort before other characters. */
function rank(character: string | undefined): number {
  if (character === undefined) return 0;
  if (character === "~") return -1;
  const code = character.charCodeAt(0);
  return /[A-Za-z]/.test(character) ? code : code + 256;
}
