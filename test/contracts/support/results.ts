/** An answer of ethers, which is an array with names, as plain nested arrays that compare by value. */
export function toPlain(answer: unknown): unknown {
  return Array.isArray(answer) ? Array.from(answer, toPlain) : answer;
}

/** A measured figure, in the middle of mocha's list. */
export function printFigure(text: string): void {
  process.stdout.write(`      ${text}\n`);
}
