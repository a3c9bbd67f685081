import { readFile } from "node:fs/promises";
import { type BaseContract, Contract, ContractFactory, id, type InterfaceAbi, type JsonRpcSigner } from "ethers";

/** Swarm's contracts on a chain of one's own. */
export interface SwarmContracts {
  readonly token: string;
  readonly postageStamp: string;
  /** Block from which a node has to look for batches. */
  readonly postageBlock: number;
  readonly staking: string;
  readonly redistribution: string;
  readonly chequebookFactory: string;
  readonly swapOracle: string;
  /** Gives `address` ether for gas and xBZZ (16 decimals) for stamps and its chequebook. */
  fund(address: string): Promise<void>;
}

type Artifacts = Record<string, { abi: InterfaceAbi; bytecode: string }>;

export const NETWORK_ID = 1337;
/** PLUR a chunk and block: the floor of Swarm's own oracle. */
export const PRICE = 24_000n;
/** Buckets of every batch: 2^16 (PostageStamp.sol, minimumBucketDepth). */
const BUCKET_DEPTH = 16;
const TOKENS = 100_000n * 10n ** 16n;
const ETHER = 10n ** 18n;

/**
 * Deploys the contracts and gives them the roles that they have on the main network; the price is its floor.
 * @param file of `ensureBee`
 * @param signer an account that the chain itself signs for
 */
export async function deploySwarm(file: string, signer: JsonRpcSigner): Promise<SwarmContracts> {
  const artifacts = JSON.parse(await readFile(file, "utf8")) as Artifacts;
  const deploy = async (name: string, ...args: unknown[]): Promise<Deployed> => {
    const { abi, bytecode } = artifacts[name]!;
    const contract = await new ContractFactory(abi, bytecode, signer).deploy(...args);
    const receipt = await contract.deploymentTransaction()!.wait();
    return { contract, abi, address: receipt!.contractAddress!, block: receipt!.blockNumber };
  };
  const call = async ({ address, abi }: Deployed, method: string, ...args: unknown[]) => {
    const contract = new Contract(address, abi, signer);
    const sent = (await contract.getFunction(method).send(...args)) as { wait(): Promise<unknown> };
    await sent.wait();
  };
  const token = await deploy("BzzToken", "Bee", "BZZ", 0);
  const stamps = await deploy("PostageStamp", token.address, BUCKET_DEPTH);
  const oracle = await deploy("PriceOracle", stamps.address);
  const staking = await deploy("StakeRegistry", token.address, NETWORK_ID, oracle.address);
  const redistribution = await deploy("Redistribution", staking.address, stamps.address, oracle.address);
  const factory = await deploy("SimpleSwapFactory", token.address);
  const swapOracle = await deploy("SwapPriceOracle", PRICE, 0);
  await call(stamps, "grantRole", id("PRICE_ORACLE_ROLE"), oracle.address);
  await call(stamps, "grantRole", id("REDISTRIBUTOR_ROLE"), redistribution.address);
  await call(staking, "grantRole", id("REDISTRIBUTOR_ROLE"), redistribution.address);
  await call(oracle, "grantRole", id("PRICE_UPDATER_ROLE"), signer.address);
  await call(oracle, "setPrice", PRICE);
  return {
    ...{ token: token.address, postageStamp: stamps.address, postageBlock: stamps.block },
    ...{ staking: staking.address, redistribution: redistribution.address },
    ...{ chequebookFactory: factory.address, swapOracle: swapOracle.address },
    async fund(address) {
      await (await signer.sendTransaction({ to: address, value: 10n * ETHER })).wait();
      await call(token, "mint", address, TOKENS);
    },
  };
}

interface Deployed {
  readonly contract: BaseContract;
  readonly abi: InterfaceAbi;
  readonly address: string;
  readonly block: number;
}
