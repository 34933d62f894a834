/**
 * The Huffman code of HTTP/2's headers (RFC 7541, appendix B). It is canonical: the lengths of its words determine them.
 *
 * @module
 */

/** Bits of the word of each byte, and last of the end of a text. */
const LENGTHS: readonly number[] = [
  ...[13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28],
  ...[28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28],
  ...[6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6],
  ...[5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10],
  ...[13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7],
  ...[7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6],
  ...[15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5],
  ...[6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28],
  ...[20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23],
  ...[24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24],
  ...[22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23],
  ...[21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23],
  ...[26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25],
  ...[19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27],
  ...[20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23],
  ...[26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26],
  30,
];
const END = 256;
const LONGEST = 30;

/** Of the words of one length: the first, and the symbols that they stand for in order. */
interface Words {
  readonly first: number;
  readonly symbols: readonly number[];
}

/** By length. */
const WORDS: readonly Words[] = canonical();

function canonical(): Words[] {
  const words: Words[] = [];
  let first = 0;
  for (let bits = 0; bits <= LONGEST; bits++) {
    const symbols = LENGTHS.flatMap((length, symbol) => length === bits ? [symbol] : []);
    words.push({ first, symbols });
    first = (first + symbols.length) * 2;
  }
  return words;
}

/** The bytes that a coded text stands for; `undefined` if it is malformed. */
export function huffmanDecode(coded: Uint8Array): Uint8Array | undefined {
  const decoded: number[] = [];
  let word = 0;
  let bits = 0;
  for (const byte of coded) {
    for (let bit = 7; bit >= 0; bit--) {
      word = word * 2 + (byte >> bit & 1);
      bits++;
      const { first = 0, symbols = [] } = WORDS[bits] ?? {};
      const symbol = symbols[word - first];
      if (symbol === END || bits > LONGEST) return undefined;
      if (symbol === undefined) continue;
      decoded.push(symbol);
      word = 0;
      bits = 0;
    }
  }
  // The rest of the last byte is the begin of the word of the end, which is all ones.
  return bits < 8 && word === 2 ** bits - 1 ? Uint8Array.from(decoded) : undefined;
}
