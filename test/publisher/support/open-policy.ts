import { configSchema } from "../../../src/config/schema.js";
import { PublishPolicy } from "../../../src/publisher/policy/policy.js";

/** The policy of a configuration that says no more than this, and the exceptions of one run. */
export function openPolicy(publish: object = {}, allow: readonly string[] = []): PublishPolicy {
  return new PublishPolicy(configSchema.parse({ publish }).publish, "/nix/store", allow);
}
