/**
 * Answers of one text.
 *
 * @module
 */

/**
 * An answer that is a text and nothing else.
 *
 * @param text without its final line break
 */
export function plain(status: number, text: string, headers: Readonly<Record<string, string>> = {}): Response {
  const body = new TextEncoder().encode(`${text}\n`);
  return new Response(body, {
    status,
    headers: {
      "content-type": "text/plain; charset=utf-8",
      "content-length": String(body.length),
      "x-content-type-options": "nosniff",
      ...headers,
    },
  });
}
