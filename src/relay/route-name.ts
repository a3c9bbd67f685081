/** The routes as logs and metrics name them: a small fixed set, whatever clients ask for. */
export type RouteName = "nix-cache-info" | "narinfo" | "listing" | "nar" | "health" | "ready" | "metrics" | "other";
