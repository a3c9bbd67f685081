import { readFile } from "node:fs/promises";
import {
  getCreateAddress,
  id,
  Interface,
  type InterfaceAbi,
  type JsonRpcSigner,
  type TransactionReceipt,
} from "ethers";

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
/** More than any of them takes, less than a transaction may (2^24, EIP-7825). */
const GAS = 10_000_000n;

/**
 * Deploys the contracts and gives them the roles that they have on the main network; the price is its floor. They go
 * into one block: addresses follow from nonces.
 * @param file of `ensureBee`
 * @param signer an account that the chain itself signs for
 */
export async function deploySwarm(file: string, signer: JsonRpcSigner): Promise<SwarmContracts> {
  const artifacts = JSON.parse(await readFile(file, "utf8")) as Artifacts;
  const from = signer.address;
  let nonce = await signer.getNonce();
  const sent: Promise<TransactionReceipt | null>[] = [];
  const send = (to: string | null, data: string) => {
    const transaction = { to, data, nonce: nonce++, gasLimit: GAS };
    sent.push(signer.sendTransaction(transaction).then((response) => response.wait()));
  };
  const deploy = (name: string, ...args: unknown[]): Deployed => {
    const { abi, bytecode } = artifacts[name]!;
    const address = getCreateAddress({ from, nonce });
    const contract = new Interface(abi);
    send(null, bytecode + contract.encodeDeploy(args).slice(2));
    return { address, contract };
  };
  const call = ({ address, contract }: Deployed, method: string, ...args: unknown[]) =>
    send(address, contract.encodeFunctionData(method, args));
  const token = deploy("BzzToken", "Bee", "BZZ", 0);
  const stamps = deploy("PostageStamp", token.address, BUCKET_DEPTH);
  const oracle = deploy("PriceOracle", stamps.address);
  const staking = deploy("StakeRegistry", token.address, NETWORK_ID, oracle.address);
  const redistribution = deploy("Redistribution", staking.address, stamps.address, oracle.address);
  const factory = deploy("SimpleSwapFactory", token.address);
  const swapOracle = deploy("SwapPriceOracle", PRICE, 0);
  call(stamps, "grantRole", id("PRICE_ORACLE_ROLE"), oracle.address);
  call(stamps, "grantRole", id("REDISTRIBUTOR_ROLE"), redistribution.address);
  call(staking, "grantRole", id("REDISTRIBUTOR_ROLE"), redistribution.address);
  call(oracle, "grantRole", id("PRICE_UPDATER_ROLE"), from);
  const [, first] = await Promise.all(sent.splice(0));
  // Nodes look for prices, as for batches, from the next block on.
  call(oracle, "setPrice", PRICE);
  await Promise.all(sent);
  return {
    ...{ token: token.address, postageStamp: stamps.address, postageBlock: first!.blockNumber },
    ...{ staking: staking.address, redistribution: redistribution.address },
    ...{ chequebookFactory: factory.address, swapOracle: swapOracle.address },
    async fund(address) {
      const data = token.contract.encodeFunctionData("mint", [address, TOKENS]);
      const ether = await signer.sendTransaction({ to: address, value: 10n * ETHER });
      const tokens = await signer.sendTransaction({ to: token.address, data });
      await Promise.all([ether.wait(), tokens.wait()]);
    },
  };
}

interface Deployed {
  readonly address: string;
  readonly contract: Interface;
}
