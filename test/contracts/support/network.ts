import hre, { network } from "hardhat";

/** One in-process chain for all contract tests; fixtures roll it back. */
export const { ethers, networkHelpers } = await network.create();

/** Whether the contracts have counters in them (`npm run coverage:contracts`), which cost size and gas. */
export const isInstrumented = hre.globalOptions.coverage;
