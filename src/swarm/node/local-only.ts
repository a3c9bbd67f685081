/** A request with this header is answered from what the node has itself: nodes that are each other's peers must not ask in circles. */
export const LOCAL_ONLY = "catnix-local-only";
