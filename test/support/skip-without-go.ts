import { isLabError } from "../../scripts/lab/lab-error.js";
import { skipTest } from "./skip-test.js";

/**
 * What `start` gives, or a skipped test where there is no Go to build a program with: never under `CI=true`, where a missing Go fails
 * it.
 */
export async function skipWithoutGo<T>(context: Mocha.Context, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    if (!isLabError(error, "GO_MISSING")) throw error;
    return skipTest(context, error.message, error);
  }
}
