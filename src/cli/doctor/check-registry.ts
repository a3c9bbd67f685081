import { ZeroAddress } from "ethers";
import type { Registry } from "../../registry/registry.js";
import { plural } from "../format.js";
import { type Finding, ok, warn } from "./finding.js";

const CHECK = "registry";

/** Where the registry stands, and whether it is retired. @throws CatnixError of {@link Registry} */
export async function checkRegistry(registry: Registry): Promise<Finding> {
  const { id } = registry;
  const [state, { alarms }] = [await registry.state(), await registry.alarmState()];
  const retirement = await registry.retirement();
  const message = `${id.registry}, act ${state.seq}, ${plural(alarms, "alarm")}`;
  if (!retirement) return ok(CHECK, message);
  const { successor, successorChainId } = retirement;
  const next =
    successor === ZeroAddress
      ? "without a successor"
      : `followed by ${successor} on chain ${successorChainId.toString()}`;
  return warn(
    CHECK,
    `${message}; retired, ${next}`,
    "Ask the consortium which registry to follow, and set chain.registry and chain.chainId to it.",
  );
}
