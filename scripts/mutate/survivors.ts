/** Why no test can tell these mutants from the contract, by their keys. */
export const survivors: Readonly<Record<string, string>> = {};
