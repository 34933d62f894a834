/**
 * Path and query of a request, cut out of its URL: `new URL` would refuse what a hostile `Host` makes of it.
 *
 * @module
 */

/** Where the path of a URL begins; −1 if it has none. */
const pathStart = (url: string) => url.indexOf("/", url.indexOf("//") + 2);

/** Whether the `Host`, of which the URL is made, is none that would pass for a path: Deno takes it as it is sent. */
export function hasPlainHost({ headers }: Request): boolean {
  const host = headers.get("host");
  return host === null || !/[/?#@\\]/.test(host);
}

/** The path of a request, as it was sent; `*` where there is none, as in `CONNECT`. */
export function pathOf({ url }: Request): string {
  const start = pathStart(url);
  if (start < 0) return "*";
  const end = url.slice(start).search(/[?#]/);
  return end < 0 ? url.slice(start) : url.slice(start, start + end);
}

/** What follows `path` in a URL: its query without question mark; `undefined` if its path is another. */
export function queryAt(path: string, url: string): string | undefined {
  const start = pathStart(url);
  if (start < 0 || !url.startsWith(path, start)) return undefined;
  const end = start + path.length;
  if (end === url.length) return "";
  const next = url[end];
  if (next === "#") return "";
  return next === "?" ? url.slice(end + 1).split("#", 1)[0] : undefined;
}
