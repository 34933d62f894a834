/**
 * Of files beyond the capacity, one in so many takes the place of the file least recently read; the others are not kept.
 * All are read in turn: if each took a place, those that were there would be gone before their turn came again.
 */
const TURNED_AWAY = 15;

/** Files kept open by path, up to a number. */
export class KeptFiles<File> {
  readonly #files = new Map<string, File>();
  readonly #capacity: () => number;
  readonly #close: (file: File) => void;
  #turnedAway = 0;

  /** Keeps none yet; the capacity is asked for when there is a file to keep; `close` is called with each file that it lets go of. */
  constructor(capacity: () => number, close: (file: File) => void) {
    this.#capacity = capacity;
    this.#close = close;
  }

  /** The file kept under a path, which thereby is the most recently read. */
  get(path: string): File | undefined {
    const file = this.#files.get(path);
    if (file === undefined) return undefined;
    this.#files.delete(path);
    this.#files.set(path, file);
    return file;
  }

  /** Keeps a file of a path that none is kept of, or closes it. */
  offer(path: string, file: File): void {
    if (this.#files.size >= this.#capacity()) {
      if (this.#turnedAway < TURNED_AWAY) {
        this.#turnedAway++;
        return this.#close(file);
      }
      this.#turnedAway = 0;
      const [oldest] = this.#files.keys();
      if (oldest !== undefined) this.drop(oldest);
    }
    this.#files.set(path, file);
  }

  /** Closes the file of a path. */
  drop(path: string): void {
    const file = this.#files.get(path);
    this.#files.delete(path);
    if (file !== undefined) this.#close(file);
  }

  /** Closes all. */
  clear(): void {
    for (const path of [...this.#files.keys()]) this.drop(path);
  }
}
