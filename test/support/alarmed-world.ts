import { toHex } from "../../src/encoding/hex.js";
import type { Registry } from "../../src/registry/registry.js";
import { withdrawBatch, withdrawBuild } from "../../src/registry/transact.js";
import { ChainView } from "../../src/resolver/chain-view.js";
import { makeRecord, swarmIdOf } from "./fill-index.js";
import { publishBatch } from "./publish-batch.js";
import { type RegistryWorld, startRegistryWorld } from "./registry-world.js";

/** A registry after five batches and three alarms, seen through the world's RPC proxy. */
export interface AlarmedWorld {
  readonly world: RegistryWorld;
  readonly seen: Registry;
  /** The latest block, after the last alarm. */
  readonly view: ChainView;
  /** The build that two alarms withdrew; the third withdrew a batch that lists it. */
  readonly helloId: Uint8Array;
  /** The build beside it in that batch. */
  readonly otherId: Uint8Array;
}

export async function startAlarmedWorld(): Promise<AlarmedWorld> {
  const [hello, other] = [makeRecord("hello", Buffer.from("hello")), makeRecord("other", Buffer.from("other"))];
  const [helloId, otherId] = [swarmIdOf(hello), swarmIdOf(other)];
  const world = await startRegistryWorld();
  const { registry, guardian, deploymentBlock } = world;
  await publishBatch(world, hello, other); // act 1
  await withdrawBuild(registry, guardian, toHex(helloId), "first");
  await world.mine(20);
  await publishBatch(world, { ...hello, sigs: [] }); // act 2, which the alarm still reaches
  await publishBatch(world, hello); // act 3
  await withdrawBuild(registry, guardian, toHex(helloId), "second");
  await publishBatch(world, hello, other); // act 4
  await publishBatch(world, hello); // act 5
  await withdrawBatch(registry, guardian, 4, "builder lost");
  const seen = await world.see();
  const view = await ChainView.open(seen, { finality: "latest", deploymentBlock, logRange: 1000 });
  return { world, seen, view, helloId, otherId };
}
