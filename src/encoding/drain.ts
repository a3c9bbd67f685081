/** Reads a stream to its end, for what is found out on the way; whatever the stream throws passes through. */
export async function drain(stream: AsyncIterable<unknown>): Promise<void> {
  const reader = stream[Symbol.asyncIterator]();
  while (!(await reader.next()).done);
}
