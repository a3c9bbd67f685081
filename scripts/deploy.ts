/**
 * Deploys a registry:
 *
 *     npx hardhat run scripts/deploy.ts --network localhost
 *
 * The founding council is the JSON file named in CATNIX_COUNCIL (see src/registry/council-file.ts). On a development chain
 * without one, the node's first three accounts are the members, two of them a quorum, and the fourth is the guardian.
 * The last line of the output is what `catnix.json` needs: {"chain":{"rpcUrl","chainId","registry","deploymentBlock"}}.
 * The URL is left out for an in-process chain, which has none.
 */
import { ZeroHash } from "ethers";
import { network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import { CatnixError, isCatnixError } from "../src/errors/catnix-error.js";
import { type FoundingCouncil, readCouncil, sortAddresses } from "../src/registry/council-file.js";

const DEVELOPMENT_CHAIN = 31_337;

async function chooseCouncil({ ethers }: NetworkConnection, chainId: number): Promise<FoundingCouncil> {
  const file = process.env["CATNIX_COUNCIL"];
  if (file !== undefined) return await readCouncil(file);
  const accounts = (await ethers.getSigners()).map((signer) => signer.address);
  const guardian = accounts[3];
  if (chainId !== DEVELOPMENT_CHAIN || guardian === undefined) throw new CatnixError("COUNCIL_NEEDED", { chainId });
  const members = sortAddresses(accounts.slice(0, 3));
  return { members, publishThreshold: 2, councilThreshold: 2, guardian, charter: ZeroHash };
}

async function deploy(): Promise<void> {
  const connection = await network.create();
  const { ethers, networkConfig } = connection;
  const chainId = Number((await ethers.provider.getNetwork()).chainId);
  const council = await chooseCouncil(connection, chainId);
  const { members, publishThreshold, councilThreshold, guardian, charter } = council;

  const founding = [members, publishThreshold, councilThreshold, guardian, charter];
  const contract = await ethers.deployContract("CatRegistry", founding);
  const receipt = await contract.deploymentTransaction()!.wait();

  const rpcUrl = networkConfig.type === "http" ? await networkConfig.url.getUrl() : undefined;
  const chain = { rpcUrl, chainId, registry: await contract.getAddress(), deploymentBlock: receipt!.blockNumber };
  console.log(JSON.stringify({ council }));
  console.log(JSON.stringify({ chain }));
  await connection.close();
}

try {
  await deploy();
} catch (error) {
  if (!isCatnixError(error)) throw error;
  console.error(`${error.message} [${error.code}]\n${error.hint}`);
  process.exitCode = 1;
}
