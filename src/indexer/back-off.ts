/** When to try again what failed: after pauses that double. The first attempt is due at once. */
export class BackOff {
  #failures = 0;
  /** Milliseconds since 1970. */
  #notBefore = 0;

  constructor(
    readonly firstSeconds: number,
    readonly maxSeconds: number,
  ) {}

  isDue(): boolean {
    return Date.now() >= this.#notBefore;
  }

  failed(): void {
    const seconds = Math.min(this.firstSeconds * 2 ** this.#failures++, this.maxSeconds);
    this.#notBefore = Date.now() + 1000 * seconds;
  }

  reset(): void {
    this.#failures = this.#notBefore = 0;
  }
}
