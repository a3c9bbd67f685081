/** One row of the error table. `number` never changes and is never used again. */
export interface ErrorDescriptor {
  readonly number: number;
  readonly message: (details: never) => string;
  /** What to do about it, one sentence. */
  readonly hint: string;
  readonly retryable?: boolean;
}
