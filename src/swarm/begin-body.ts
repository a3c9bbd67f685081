/**
 * Waits for a body's first bytes, so that what fails before them is known before anything is passed on.
 * @returns all of it, the first bytes included; leave its loop to call the read off
 * @throws what the body throws before its first bytes
 */
export async function beginBody(body: AsyncIterable<Uint8Array>): Promise<AsyncGenerator<Uint8Array, void>> {
  const iterator = body[Symbol.asyncIterator]();
  return resume(await iterator.next(), iterator);
}

async function* resume(
  first: IteratorResult<Uint8Array>,
  iterator: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void> {
  try {
    for (let read = first; !read.done; read = await iterator.next()) yield read.value;
  } finally {
    await iterator.return?.();
  }
}
