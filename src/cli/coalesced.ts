/**
 * `work`, never at work twice at once: what is asked for meanwhile is done once, after it. Whoever asks gets the outcome
 * of work that began after.
 */
export function coalesced(work: () => Promise<void>): () => Promise<void> {
  let current: Promise<void> | undefined;
  let following: Promise<void> | undefined;
  const begin = (): Promise<void> => {
    following = undefined;
    return current = work().finally(() => current = undefined);
  };
  return () => following ?? (current ? following = current.then(begin, begin) : begin());
}
