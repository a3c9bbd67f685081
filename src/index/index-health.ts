/** How the index stands, as whoever fills it says: for a relay over the same index, and for people. */
export interface IndexHealth {
  /** The chain's latest block, where one was seen. */
  readonly chainBlock?: number | undefined;
  /** Why the index will not move on without a person, such as a root that does not fit its delta. */
  readonly halted?: string | undefined;
  /** Why the index may be behind the chain, such as an endpoint that does not answer. */
  readonly stale?: string | undefined;
}
