/** How long a stretch of long work may keep others waiting. */
const SLICE_MS = 8;

/** Runs long work in slices, so that the server answers other requests between them; none after `ended`. */
export async function drive<T>(work: Generator<void, T>, ended: AbortSignal): Promise<T> {
  for (;;) {
    ended.throwIfAborted();
    const began = performance.now();
    do {
      const step = work.next();
      if (step.done) return step.value;
    } while (performance.now() - began < SLICE_MS);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
