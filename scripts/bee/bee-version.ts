/** What is built, and what scripts/bee/build/go.mod requires. */
export const BEE_VERSION = "2.8.1";
/** That release's HTTP API (its openapi/Swarm.yaml, info.version). */
export const BEE_API_VERSION = "8.1.0";
