import { appErrors } from "./app-errors.js";
import { attestErrors } from "./attest-errors.js";
import { catErrors } from "./cat-errors.js";
import { chainErrors } from "./chain-errors.js";
import { actErrors, councilErrors } from "./council-errors.js";
import { nixErrors } from "./nix-errors.js";
import { ownedErrors } from "./owned-errors.js";
import { proofErrors } from "./proof-errors.js";
import { signingErrors } from "./signing-errors.js";
import { swarmErrors } from "./swarm-errors.js";
import { verifyErrors } from "./verify-errors.js";

/** Every error that catnix reports, by code. */
export const descriptors = {
  ...nixErrors,
  ...swarmErrors,
  ...catErrors,
  ...chainErrors,
  ...actErrors,
  ...proofErrors,
  ...ownedErrors,
  ...appErrors,
  ...councilErrors,
  ...signingErrors,
  ...verifyErrors,
  ...ownedErrors,
  ...appErrors,
  ...attestErrors,
};

export type ErrorCode = keyof typeof descriptors;
export type Details<C extends ErrorCode> = Parameters<(typeof descriptors)[C]["message"]>[0];
