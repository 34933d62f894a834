/**
 * A heap of things to be woken, each at one time that may be moved.
 *
 * @module
 */

/** Something that a {@linkcode WakeHeap} holds. It belongs to one heap at the most. */
export interface Sleeper {
  /** When to wake it, in seconds of the monotonic clock; Infinity: never. Changed by {@linkcode WakeHeap.set} alone. */
  wakeAt: number;
  /** Its place in the heap, −1 outside; kept by the heap. */
  heapIndex: number;
}

/** A binary heap, soonest first, in which every element knows its place: setting, moving and removing are O(log n). */
export class WakeHeap<T extends Sleeper> {
  readonly #items: T[] = [];

  /** The soonest, if any. */
  peek(): T | undefined {
    return this.#items[0];
  }

  /** Adds, moves, or (with Infinity) removes `item`. */
  set(item: T, wakeAt: number): void {
    if (wakeAt === item.wakeAt && item.heapIndex >= 0) return;
    item.wakeAt = wakeAt;
    if (wakeAt === Infinity) return this.#remove(item);
    if (item.heapIndex < 0) {
      item.heapIndex = this.#items.length;
      this.#items.push(item);
    }
    this.#up(item);
    this.#down(item);
  }

  #remove(item: T): void {
    const index = item.heapIndex;
    if (index < 0) return;
    item.heapIndex = -1;
    const last = this.#items.pop();
    if (last === undefined || last === item) return;
    this.#items[index] = last;
    last.heapIndex = index;
    this.#up(last);
    this.#down(last);
  }

  #up(item: T): void {
    while (item.heapIndex > 0) {
      const parent = this.#items[(item.heapIndex - 1) >> 1];
      if (parent === undefined || parent.wakeAt <= item.wakeAt) return;
      this.#swap(item, parent);
    }
  }

  #down(item: T): void {
    for (;;) {
      const left = this.#items[2 * item.heapIndex + 1];
      const right = this.#items[2 * item.heapIndex + 2];
      if (left === undefined) return;
      const least = right !== undefined && right.wakeAt < left.wakeAt ? right : left;
      if (least.wakeAt >= item.wakeAt) return;
      this.#swap(item, least);
    }
  }

  #swap(a: T, b: T): void {
    [a.heapIndex, b.heapIndex] = [b.heapIndex, a.heapIndex];
    this.#items[a.heapIndex] = a;
    this.#items[b.heapIndex] = b;
  }
}
