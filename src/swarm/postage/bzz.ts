/** Decimals of xBZZ, whose smallest part is a PLUR (docs.ethswarm.org), and of xDAI, whose smallest part is a wei. */
const [BZZ_DECIMALS, XDAI_DECIMALS] = [16, 18];

/** PLUR as BZZ, exact: `1.5`, `0.0000000000000001`. */
export function formatBzz(plur: bigint): string {
  return formatDecimal(plur, BZZ_DECIMALS);
}

/** Wei as xDAI, exact. */
export function formatXdai(wei: bigint): string {
  return formatDecimal(wei, XDAI_DECIMALS);
}

/**
 * A price of one xBZZ, in wei of xDAI.
 * @returns undefined where it is no decimal number, or finer than a wei
 */
export function parseXdai(text: string): bigint | undefined {
  const match = /^(0|[1-9][0-9]{0,14})(?:\.([0-9]{1,18}))?$/.exec(text);
  if (match === null) return undefined;
  return BigInt(match[1]! + (match[2] ?? "").padEnd(XDAI_DECIMALS, "0"));
}

/** What an amount of PLUR costs in wei, rounded up, at a price of one xBZZ in wei. */
export function priceOf(plur: bigint, weiPerBzz: bigint): bigint {
  const one = 10n ** BigInt(BZZ_DECIMALS);
  return (plur * weiPerBzz + one - 1n) / one;
}

function formatDecimal(value: bigint, decimals: number): string {
  if (value < 0n) return `-${formatDecimal(-value, decimals)}`;
  const digits = value.toString().padStart(decimals + 1, "0");
  const fraction = digits.slice(-decimals).replace(/0+$/, "");
  return digits.slice(0, -decimals) + (fraction === "" ? "" : `.${fraction}`);
}
