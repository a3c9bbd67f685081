import { network } from "hardhat";

/** One in-process chain for all contract tests; fixtures roll it back. */
export const { ethers, networkHelpers } = await network.create();
