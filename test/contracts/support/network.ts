import hre, { network } from "hardhat";

/** One in-process chain for all contract tests; fixtures roll it back. */
export const { ethers, networkHelpers } = await network.create();

/** Deploys a contract. @returns its address */
export async function deploy(name: string, args: unknown[] = []): Promise<string> {
  return await (await ethers.deployContract(name, args)).getAddress();
}

/** Whether the contracts have counters in them (`npm run coverage:contracts`), which cost size and gas. */
export const isInstrumented = hre.globalOptions.coverage;
