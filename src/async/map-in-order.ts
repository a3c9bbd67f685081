/**
 * Runs `work` on each item, up to `ahead` at a time, and gives the results in the items' order. Items are taken as results are:
 * whoever reads slowly holds up the source. Once it has ended or was left, nothing is under way and the source is closed.
 * @param ahead at least 1
 * @throws what the source or `work` throws, after the results before it
 */
export async function* mapInOrder<T, R>(
  source: AsyncIterable<T>,
  ahead: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R, void, undefined> {
  const items = source[Symbol.asyncIterator]();
  const running: Promise<R>[] = [];
  let isDone = false;
  try {
    while (!isDone || running.length > 0) {
      while (!isDone && running.length < ahead) {
        const next = await items.next();
        if (next.done) {
          isDone = true;
          break;
        }
        const result = work(next.value);
        result.catch(() => undefined); // it is thrown when its turn comes
        running.push(result);
      }
      const first = running.shift();
      if (first !== undefined) yield await first;
    }
  } finally {
    await Promise.allSettled(running);
    await items.return?.();
  }
}
