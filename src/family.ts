/**
 * One family of the page: what each node contributes to it, under one header.
 *
 * Where two nodes offer one series, or one family with different types, the order of nodes decides; the later loses just
 * that.
 *
 * @module
 */

import type { FamilyBatch } from "./batch.ts";
import { renderFamily } from "./text_format.ts";

/** Series of a part rendered in one piece: more would hold the event loop. */
const PIECE_SERIES = 1000;

/** Of so many nodes some are read between any two scrapes: a text of all would be made for nothing, and holds the loop. */
const MOST_KEPT_PARTS = 1000;

/** What one node contributes. Replaced, never changed. */
export class Part {
  /** Id of the node. */
  readonly owner: string;
  /** Its place among nodes; no two have the same. */
  readonly order: number;
  /** Its samples of this family. */
  readonly batch: FamilyBatch;
  /** Labels of the series that another node shows. */
  readonly hidden: ReadonlySet<string> | undefined;
  #pieces: readonly string[] | undefined;

  /** A part as it is. */
  constructor(owner: string, order: number, batch: FamilyBatch, hidden?: ReadonlySet<string>) {
    this.owner = owner;
    this.order = order;
    this.batch = batch;
    this.hidden = hidden;
  }

  /** Rendered lines, where they are kept or quickly made; the rest is for {@linkcode Part.render}. */
  get pieces(): readonly string[] | undefined {
    if (!this.#pieces && this.batch.series.size <= PIECE_SERIES) {
      this.#pieces = [...renderFamily(this.batch, PIECE_SERIES, this.hidden)];
    }
    return this.#pieces;
  }

  /** Renders piece by piece, and keeps all when the last was asked for. */
  *render(): Generator<string> {
    const pieces: string[] = [];
    for (const piece of renderFamily(this.batch, PIECE_SERIES, this.hidden)) {
      pieces.push(piece);
      yield piece;
    }
    this.#pieces = pieces;
  }
}

/** Series of one node that another shows. */
export interface Refusal {
  /** Id of the node that lost. */
  readonly owner: string;
  /** Id of the node that shows them. */
  readonly winner: string;
  /** The first of them. */
  readonly series: string;
}

/** A family and its parts. */
export class PageFamily {
  /** Full exposition name. */
  readonly name: string;
  #parts: Part[] = [];
  /** Who shows which series; kept only where there are several parts. */
  #shownBy: Map<string, string> | undefined;
  #contested = false;
  #version = 0;
  #body: { readonly version: number; readonly text: string } | undefined;

  /** A family without parts. */
  constructor(name: string) {
    this.name = name;
  }

  /** Parts in the order of nodes. Not to be kept: see {@linkcode PageFamily.snapshot}. */
  get parts(): readonly Part[] {
    return this.#parts;
  }

  /** The part of a node at its place. */
  partOf(owner: string, order: number): Part | undefined {
    const part = this.#parts[this.#placeOf(order)];
    return part?.owner === owner ? part : undefined;
  }

  /** Type and help: those of the first part. */
  get head(): FamilyBatch | undefined {
    return this.#parts[0]?.batch;
  }

  /** The rendered lines of all parts, if they are known. */
  get body(): string | undefined {
    return this.#body?.version === this.#version ? this.#body.text : undefined;
  }

  /** Parts as they are at this moment, and a function that takes their rendered lines, if it is worth while to keep them. */
  snapshot(): { readonly parts: readonly Part[]; readonly keep: ((text: string) => void) | undefined } {
    const version = this.#version;
    const parts = this.#parts.slice();
    return { parts, keep: parts.length > MOST_KEPT_PARTS ? undefined : (text) => this.#body = { version, text } };
  }

  /** Replaces what a node contributes; `undefined` removes it. */
  set(owner: string, order: number, batch: FamilyBatch | undefined): readonly Refusal[] {
    const at = this.#placeOf(order);
    const before = this.#parts[at]?.owner === owner ? this.#parts[at] : undefined;
    // Most families do not change from run to run; their text stands. Whoever loses to another is told at every commit.
    if (before && batch && !this.#contested && alike(before.batch, batch)) return [];
    const part = batch && new Part(owner, order, batch);
    if (before && part) this.#parts[at] = part;
    else this.#parts.splice(at, before ? 1 : 0, ...(part ? [part] : []));
    this.#version++;
    if (this.#parts.length < 2) {
      this.#shownBy = undefined;
      if (this.#contested) this.#settle();
      return [];
    }
    if (this.#shownBy && !this.#contested && this.#exchange(before, part)) return [];
    return this.#settle();
  }

  /** Places parts anew; a part whose owner has no place any more goes. */
  reorder(orderOf: (owner: string) => number | undefined): void {
    this.#parts = this.#parts.flatMap((part) => {
      const order = orderOf(part.owner);
      return order === undefined ? [] : [new Part(part.owner, order, part.batch, part.hidden)];
    }).sort((a, b) => a.order - b.order);
    this.#version++;
    this.#settle();
  }

  /** The index of the first part at `order` or behind it. */
  #placeOf(order: number): number {
    let low = 0;
    let high = this.#parts.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#parts[middle]?.order ?? Infinity) < order) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Notes one part for another, if no other node is concerned; otherwise all is to be settled anew. */
  #exchange(before: Part | undefined, after: Part | undefined): boolean {
    const shownBy = this.#shownBy;
    if (
      !shownBy || (after && after.batch.type !== this.head?.type) || (before && before.batch.type !== this.head?.type)
    ) {
      return false;
    }
    for (const key of before?.batch.series.keys() ?? []) shownBy.delete(key);
    for (const key of after?.batch.series.keys() ?? []) {
      if (shownBy.has(key)) return false;
      shownBy.set(key, after?.owner ?? "");
    }
    return true;
  }

  /** Decides for every series who shows it. */
  #settle(): readonly Refusal[] {
    const shownBy = new Map<string, string>();
    const refusals: Refusal[] = [];
    const first = this.#parts[0];
    this.#parts = this.#parts.map((part) => {
      const hidden = new Set<string>();
      for (const key of part.batch.series.keys()) {
        const winner = part.batch.type === first?.batch.type ? shownBy.get(key) : first?.owner;
        if (winner === undefined) {
          shownBy.set(key, part.owner);
          continue;
        }
        if (hidden.size === 0) {
          refusals.push({ owner: part.owner, winner, series: key === "" ? this.name : `${this.name}{${key}}` });
        }
        hidden.add(key);
      }
      if (hidden.size === 0 && part.hidden === undefined) return part;
      return new Part(part.owner, part.order, part.batch, hidden.size > 0 ? hidden : undefined);
    });
    this.#shownBy = this.#parts.length < 2 ? undefined : shownBy;
    this.#contested = refusals.length > 0;
    return refusals;
  }
}

/** Whether two batches hold the same numbers, in whatever order; a histogram may have been changed where it stands. */
function alike(a: FamilyBatch, b: FamilyBatch): boolean {
  if (a.type !== b.type || a.help !== b.help || a.series.size !== b.series.size) return false;
  for (const [key, value] of a.series) {
    if (typeof value !== "number" || !Object.is(b.series.get(key), value)) return false;
  }
  return true;
}
