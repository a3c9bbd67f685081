/** Why no test can tell these mutants from the contract, by their keys. */
export const survivors: Readonly<Record<string, string>> = {
  "contracts/CatRegistry.sol | if (row.nixId == 0 || row.swarmId == 0 || seq == 0 || seq > _seq) return false; | 12 | row.nixId == 0 || row.swarmId == 0 || seq == 0 => row.nixId == 0 || row.swarmId == 0":
    "A row of seq 0 counts as withdrawn anyway: `_withdrawnThrough[swarmId] >= 0` always holds. The condition is there to be read.",
};
