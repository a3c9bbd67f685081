/** How many second requests there may be: one for every ten first ones, and some at once where there were none for a while. */
const [SHARE, BURST] = [0.1, 10];

/** Bounds the load that hedged requests add: where all nodes are slow, asking two of them makes it worse. */
export class HedgeBudget {
  #left = BURST;

  /** A first request was sent. */
  earn(): void {
    this.#left = Math.min(BURST, this.#left + SHARE);
  }

  /** @returns whether a second request may be sent, which then counts as sent */
  take(): boolean {
    if (this.#left < 1) return false;
    this.#left--;
    return true;
  }
}
