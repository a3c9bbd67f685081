/**
 * Runs `work` on each item, at most `parallel` at a time, and takes the next item only when there is room for it. After a
 * failure nothing more begins, the others are aborted, and once this rejects none is under way.
 * @param work given a signal that is aborted with the caller's and at the first failure
 * @throws the first error of `work` or `items`, or the reason of the caller's signal
 */
export async function runParallel<T>(
  items: AsyncIterator<T> | Iterator<T>,
  parallel: number,
  outer: AbortSignal | undefined,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failed = new AbortController();
  const signal = outer ? AbortSignal.any([outer, failed.signal]) : failed.signal;
  const runWorker = async () => {
    for (let next = await items.next(); !next.done && !signal.aborted; next = await items.next())
      await work(next.value, signal);
  };
  const workers = Array.from({ length: parallel }, () => runWorker().catch((error: unknown) => failed.abort(error)));
  await Promise.all(workers);
  signal.throwIfAborted();
}
